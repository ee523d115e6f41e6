import { isTerminal } from '../contract/job.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { readJob } from '../ledger/jobs.ts';
import { expired, jobKeyOf, noSuchJob, receiptDeleted, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { jobView, latestJobView } from './job-view.ts';
import { createJobWatch, type WatchedJob } from './wait.ts';

export function createGetJobStatus(deps: QueueDeps): QueueApi['getJobStatus'] {
  const read = ({ tenant, ...job }: WatchedJob) => readJob(deps.db, tenant, job);
  const watch = createJobWatch({ notifier: deps.notifier, read });
  return async (input, { principal, signal }) => {
    const key = jobKeyOf(input.job_id);
    const userId = userFilter(principal, undefined);
    const job: WatchedJob = { tenant: principal.tenant, ...key };
    const waitMs = (input.wait_seconds ?? 0) * 1000;
    // There is nothing to wait for either where the job is unknown or of somebody else.
    const isOver = (row: Awaited<ReturnType<typeof read>>) =>
      !row || isTerminal(row.status) || row.expired_at !== null || (userId !== undefined && row.user_id !== userId);
    const row = waitMs === 0 ? await read(job) : await watch.wait(job, isOver, waitMs, signal);
    if (!row || (userId !== undefined && row.user_id !== userId)) throw noSuchJob(input.job_id);
    if (row.expired_at) throw expired(input.job_id, row.subject);
    if (row.receipt_gone && row.status === 'finished') throw receiptDeleted(input.job_id, row.subject);
    const view = key.generation === undefined ? latestJobView : jobView;
    return view(row, deps.workflowIdPrefix);
  };
}
