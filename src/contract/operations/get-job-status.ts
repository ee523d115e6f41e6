import { z } from 'zod';
import { costs, paidCalls } from '../cost.ts';
import { job, jobId } from '../fields.ts';
import { operation } from '../operation.ts';
import { LIMITS } from '../policies.ts';

export const getJobStatus = operation({
  name: 'get_job_status',
  summary: 'What a job is doing, why it waits, and its result once it has finished.',
  input: z.strictObject({
    job_id: jobId,
    wait_seconds: z
      .int()
      .min(0)
      .max(LIMITS.waitSeconds)
      .optional()
      .describe('Answer when the job has ended, or after this many seconds with its state then. Replaces polling.'),
  }),
  output: job.extend({
    paid_calls: paidCalls,
    costs,
    schedule: z.string().nullable().describe('The schedule that queued it, by its name.'),
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['job_not_found', 'job_expired', 'receipt_deleted', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/jobs/{job_id}'],
  cli: 'job status <job_id>',
  waitsS: ({ wait_seconds = 0 }) => wait_seconds,
});
