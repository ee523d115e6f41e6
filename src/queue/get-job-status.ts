import { type AskedJob, isTerminal } from '../contract/job.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { type OneJobRow, readJob } from '../ledger/jobs.ts';
import type { Caller } from './caller.ts';
import type { QueueDeps } from './deps.ts';
import { jobView, latestJobView } from './job-view.ts';
import { askedJob, isOwn, ownJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { expired, resultDeleted } from './refusals.ts';
import { isEnd, type Watch, type Watched } from './wait.ts';

export function createGetJobStatus(
  deps: Pick<QueueDeps, 'db' | 'workflowIdPrefix'>,
  watch: Watch,
): Handlers['getJobStatus'] {
  return async ({ job_id, wait_seconds = 0 }, caller) => {
    const asked = askedJob(deps.db.kinds, job_id);
    // There is nothing to wait for either where the job is unknown or of somebody else.
    const isOver = (row: JobRow | undefined) =>
      !isOwn(row, caller) || isTerminal(row.status) || row.expired_at !== null;
    const found =
      wait_seconds === 0
        ? await readJob(caller.db, caller.tenant, asked, caller.userId)
        : await watch.wait(watchedJob(caller, asked), isOver, wait_seconds * 1000, caller.signal);
    const row = ownJob(found, caller, job_id);
    const type = deps.db.kinds.of(row.kind);
    if (row.expired_at) throw expired(type, job_id, row.subject);
    if (row.subject_gone && row.status === 'finished') throw resultDeleted(type, job_id, row.subject);
    const view = asked.generation === undefined ? latestJobView : jobView;
    return Object.assign(view(row, deps.workflowIdPrefix), row.bill, { schedule: row.schedule });
  };
}

/** Of a job only its end is news. */
function watchedJob({ db, tenant, userId }: Caller, job: AskedJob): Watched<OneJobRow | undefined> {
  return {
    key: JSON.stringify([tenant, userId ?? null, job.kind, job.subject, job.generation]),
    read: () => readJob(db, tenant, job, userId),
    isNews: (event, row) => row !== undefined && event.jobNo === row.job_no && isEnd(event),
    open: (row) => (row ? [row.job_no] : []),
  };
}
