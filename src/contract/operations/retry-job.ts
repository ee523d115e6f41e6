import { z } from 'zod';
import { job, jobId, priority } from '../fields.ts';
import { operation } from '../operation.ts';

export const retryJob = operation({
  name: 'retry_job',
  summary:
    'Run a failed or canceled job again, as a new generation of the same receipt; one that waits for its time, its next attempt or the agent is tried now.',
  input: z.strictObject({ job_id: jobId, priority: priority.optional() }),
  output: job.extend({
    deduplicated: z.boolean().describe('The job is still live; this is it.'),
    released: z
      .boolean()
      .describe(
        'It waited for its time, its next attempt or the agent, and does no longer. What still holds it, waiting_for says.',
      ),
  }),
  effect: 'write',
  scope: 'jobs:write',
  errors: ['job_not_found', 'not_retryable', 'queue_full', 'rate_limited', 'ledger_unavailable'],
  // A retry that has failed again meanwhile would be paid once more.
  repeat: 'never',
  http: ['POST', '/jobs/{job_id}/retry'],
  cli: 'job retry <job_id>',
  accepted: ({ deduplicated }) => !deduplicated,
});
