import { z } from 'zod';
import { batchId, jobId, time } from '../fields.ts';
import { PHASES, STATUSES } from '../job.ts';
import { operation } from '../operation.ts';
import { LIMITS } from '../policies.ts';
import { batch } from './batches.ts';

const waitedJob = z.object({
  job_id: z.string().describe('As it was asked for; of a batch, the exact generation that ended.'),
  receipt_id: z.int().describe('The receipt; of a job of another kind, its subject.'),
  generation: z.int(),
  status: z.enum(STATUSES),
  phase: z.enum(PHASES).nullable(),
  attempts: z.int().describe('Calls of the agent so far.'),
  next_attempt_at: time.nullable(),
  ended_at: time.nullable(),
  error_code: z.string().nullable(),
});
export type WaitedJob = z.infer<typeof waitedJob>;

const UNTIL = ['any', 'all', 'changed'] as const;

export const waitForJobs = operation({
  name: 'wait_for_jobs',
  summary: 'Wait for jobs, or for a batch, and learn what changed since the last call. Replaces polling.',
  input: z.strictObject({
    job_ids: z
      .array(jobId)
      .min(1)
      .max(LIMITS.waitedJobs)
      .optional()
      .describe('The jobs, as in "ocr-17" (latest generation) or "ocr-17.2" (an exact one).'),
    batch_id: batchId
      .min(1)
      .max(64)
      .optional()
      .describe('A batch in place of jobs: what changes are its members’ ends.'),
    until: z
      .enum(UNTIL)
      .optional()
      .describe(
        'any: one has ended, with a cursor: since then; all: none can change any more; changed: a state changed since the cursor. Default: all.',
      ),
    wait_seconds: z
      .int()
      .min(0)
      .max(LIMITS.waitSeconds)
      .optional()
      .describe(`Answer after this many seconds at the latest, with the state then. Default: ${LIMITS.askSeconds}.`),
    cursor: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('cursor of the answer before: only what has changed since is told. Left out: everything.'),
  }),
  output: z.object({
    met: z.boolean().describe('false: the time was over first.'),
    jobs: z
      .array(waitedJob)
      .describe('Those that changed since the cursor, as they are now; of a batch, its jobs that ended since.'),
    gone: z
      .array(z.object({ job_id: z.string(), code: z.string(), message: z.string() }))
      .describe('Ids that name no job, or one that is past its retention or whose receipt was deleted.'),
    waiting: z.int().describe('How many can still change.'),
    more: z.boolean().describe('Of a batch: more have ended since the cursor; call again with the new one.'),
    batch: batch.nullable(),
    cursor: z.string().describe('Pass it with the next call. A change may be told twice, and none is left out.'),
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['batch_not_found', 'cursor_expired', 'rate_limited', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/jobs/wait'],
  cli: 'job wait [job_ids...]',
  waitsS: ({ wait_seconds = LIMITS.askSeconds }) => wait_seconds,
});
