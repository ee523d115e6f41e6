import { written } from '../bulk.ts';
import { jobFilter } from '../job-filter.ts';
import { operation } from '../operation.ts';
import { previewed } from '../preview.ts';

const { user_id, receipt_id, status, phase, batch_id, created_after, created_before } = jobFilter;

/** What never changes of a job, and its state, which its events tell of every moment. */
const liveJobs = { user_id, receipt_id, status, phase, batch_id, created_after, created_before } as const;

export const cancelJobs = operation({
  name: 'cancel_jobs',
  summary:
    'Cancel many jobs that have not ended, as a batch or by owner: a preview first, then with its confirm_token.',
  ...previewed(liveJobs, {
    written: written.optional().describe('How far they had come; of a preview, how far they have come by now.'),
  }),
  effect: 'destroy',
  scope: 'jobs:write',
  errors: ['confirm_invalid', 'confirm_expired', 'search_too_broad', 'ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['POST', '/jobs/cancel'],
  cli: 'job cancel-all',
});
