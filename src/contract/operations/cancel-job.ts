import { z } from 'zod';
import { job, jobId } from '../fields.ts';
import { operation } from '../operation.ts';

export const cancelJob = operation({
  name: 'cancel_job',
  summary: 'Cancel a job: at once while it waits, within 10 seconds while an agent reads it.',
  input: z.strictObject({ job_id: jobId }),
  output: job.extend({
    already_canceled: z.boolean(),
    written: z.string().describe('What had already been written, in words.'),
  }),
  effect: 'destroy',
  scope: 'jobs:write',
  errors: ['job_not_found', 'not_cancellable', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/jobs/{job_id}/cancel'],
  cli: 'job cancel <job_id>',
});
