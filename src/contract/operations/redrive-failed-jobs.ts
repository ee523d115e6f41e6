import { z } from 'zod';
import { priority } from '../fields.ts';
import { operation } from '../operation.ts';
import { previewed } from '../preview.ts';
import { failedJobsFilter } from './failed-jobs-filter.ts';

export const redriveFailedJobs = operation({
  name: 'redrive_failed_jobs',
  summary: 'Run failed jobs again, each as a new generation: a preview first, then with its confirm_token.',
  ...previewed(
    {
      ...failedJobsFilter,
      priority: priority.optional().describe('Order among the jobs of one owner. Default: low.'),
      rate_per_minute: z.int().min(1).max(60_000).optional().describe('Jobs a minute at most. Default: no limit.'),
    },
    {},
  ),
  effect: 'write',
  scope: 'jobs:write',
  errors: ['confirm_invalid', 'confirm_expired', 'search_too_broad', 'ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['POST', '/jobs/failed/redrive'],
  cli: 'failed redrive',
  accepted: ({ bulk }) => bulk !== undefined,
});
