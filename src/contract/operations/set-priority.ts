import { z } from 'zod';
import { job, jobId } from '../fields.ts';
import { PRIORITIES } from '../job.ts';
import { operation } from '../operation.ts';

export const setPriority = operation({
  name: 'set_priority',
  summary: 'Let a waiting job go before or after the other jobs of its owner.',
  input: z.strictObject({
    job_id: jobId,
    priority: z.enum(PRIORITIES).describe('Its new place among the waiting jobs of its owner.'),
  }),
  output: job.extend({ changed: z.boolean().describe('false: it had this priority already.') }),
  effect: 'write',
  scope: 'jobs:write',
  errors: ['job_not_found', 'not_waiting', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/jobs/{job_id}/priority'],
  cli: 'job priority <job_id>',
});
