import { z } from 'zod';
import { bulk, bulkId } from '../bulk.ts';
import { operation } from '../operation.ts';

export const restoreFailedJobs = operation({
  name: 'restore_failed_jobs',
  summary: 'Take a clearing back within 24 hours: its jobs are counted again, but those that were retried since.',
  input: z.strictObject({
    bulk_id: bulkId
      .describe('The bulk of clear_failed_jobs that is taken back. Default: the latest one that the caller has made.')
      .optional(),
  }),
  output: z.object({ restored: z.int().describe('Jobs that have been restored by now.'), bulk }),
  effect: 'write',
  scope: 'jobs:write',
  errors: ['bulk_not_found', 'bulk_active', 'not_restorable', 'restore_expired', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/jobs/failed/restore'],
  cli: 'failed restore [bulk_id]',
});
