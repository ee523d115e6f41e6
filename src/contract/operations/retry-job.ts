import { z } from 'zod';
import { job, jobId, priority } from '../fields.ts';
import { operation } from '../operation.ts';

export const retryJob = operation({
  name: 'retry_job',
  summary: 'Run a failed or canceled job again, as a new generation of the same receipt.',
  input: z.strictObject({ job_id: jobId, priority: priority.optional() }),
  output: job.extend({ deduplicated: z.boolean().describe('A retry was already under way; this is it.') }),
  effect: 'write',
  scope: 'jobs:write',
  errors: ['job_not_found', 'not_retryable', 'ledger_unavailable'],
  // A retry that has failed again meanwhile would be paid once more.
  repeat: 'never',
  http: ['POST', '/jobs/{job_id}/retry'],
  cli: 'job retry <job_id>',
  accepted: ({ deduplicated }) => !deduplicated,
});
