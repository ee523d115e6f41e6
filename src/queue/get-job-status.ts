import { isTerminal } from '../contract/job.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { endedOf, readJob } from '../ledger/jobs.ts';
import type { QueueDeps } from './deps.ts';
import { jobView, latestJobView } from './job-view.ts';
import { askedJob, isOwn, ownJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { expired, resultDeleted } from './refusals.ts';
import { createJobWatch, type WatchedJob } from './wait.ts';

export function createGetJobStatus(deps: QueueDeps): Handlers['getJobStatus'] {
  const read = ({ tenant, ...job }: WatchedJob) => readJob(deps.db.as(tenant), tenant, job);
  const ended = (jobNos: readonly number[]) => endedOf(deps.db, jobNos);
  const watch = createJobWatch({ feed: deps.feed, read, ended });
  return async ({ job_id, wait_seconds = 0 }, caller) => {
    const asked = askedJob(deps.db.kinds, job_id);
    const job: WatchedJob = { tenant: caller.tenant, ...asked };
    // There is nothing to wait for either where the job is unknown or of somebody else.
    const isOver = (row: JobRow | undefined) =>
      !isOwn(row, caller) || isTerminal(row.status) || row.expired_at !== null;
    const found =
      wait_seconds === 0 ? await read(job) : await watch.wait(job, isOver, wait_seconds * 1000, caller.signal);
    const row = ownJob(found, caller, job_id);
    const type = deps.db.kinds.of(row.kind);
    if (row.expired_at) throw expired(type, job_id, row.subject);
    if (row.subject_gone && row.status === 'finished') throw resultDeleted(type, job_id, row.subject);
    const view = asked.generation === undefined ? latestJobView : jobView;
    return view(row, deps.workflowIdPrefix);
  };
}
