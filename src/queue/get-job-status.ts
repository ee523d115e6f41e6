import type { Job } from '../contract/fields.ts';
import { isTerminal } from '../contract/job.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { readJob } from '../ledger/jobs.ts';
import { expired, jobKeyOf, noSuchJob, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { jobView, latestJobView } from './job-view.ts';
import { waitUntil } from './wait.ts';

export function createGetJobStatus(deps: QueueDeps): QueueApi['getJobStatus'] {
  return async (input, { principal, signal }) => {
    const { receiptId, generation } = jobKeyOf(input.job_id);
    const userId = userFilter(principal, undefined);
    const look = async (): Promise<Job> => {
      const row = await readJob(deps.db, principal.tenant, receiptId, generation);
      if (!row || (userId !== undefined && row.user_id !== userId)) throw noSuchJob(input.job_id);
      if (row.expired_at) throw expired(input.job_id, row.receipt_id);
      return generation === undefined ? latestJobView(row, deps.workflowIdPrefix) : jobView(row, deps.workflowIdPrefix);
    };
    const waitMs = (input.wait_seconds ?? 0) * 1000;
    return waitUntil(deps.notifier, [receiptId], look, (job) => isTerminal(job.status), waitMs, signal);
  };
}
