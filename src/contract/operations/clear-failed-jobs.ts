import { z } from 'zod';
import { operation } from '../operation.ts';
import { previewed } from '../preview.ts';
import { failedJobsFilter } from './failed-jobs-filter.ts';

export const clearFailedJobs = operation({
  name: 'clear_failed_jobs',
  summary: 'Take failed jobs out of the counts and lists: a preview first, then with its confirm_token.',
  ...previewed(failedJobsFilter, {
    cleared: z.int().optional().describe('Jobs that have really been cleared by now.'),
  }),
  effect: 'destroy',
  scope: 'jobs:write',
  errors: ['confirm_invalid', 'confirm_expired', 'search_too_broad', 'ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['POST', '/jobs/failed/clear'],
  cli: 'failed clear',
});
