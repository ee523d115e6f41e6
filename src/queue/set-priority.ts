import { AppError } from '../contract/errors.ts';
import { isTerminal, PRIORITY_KEYS } from '../contract/job.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { setPriority } from '../ledger/priority.ts';
import type { HandlerDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';
import { askedJob, readOwnJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';

export function createSetPriority(deps: HandlerDeps): Handlers['setPriority'] {
  return async ({ job_id, priority }, caller) => {
    const { db, tenant } = caller;
    const asked = askedJob(db.kinds, job_id);
    const read = (generation: number | undefined): Promise<JobRow> =>
      readOwnJob(caller, { ...asked, generation }, job_id);

    const before = await read(asked.generation);
    const changed = await setPriority(db, tenant, before, priority);
    const after = await read(before.generation);
    // Decided by what it is now: it may have been admitted meanwhile.
    if (!changed && !isWaiting(after)) throw notWaiting(job_id, after);
    if (!changed && after.priority !== PRIORITY_KEYS[priority]) throw overtaken(job_id);
    if (changed) deps.notifier.changed([after.subject], { gate: true });
    return { ...latestJobView(after, deps.workflowIdPrefix), changed };
  };
}

const isWaiting = ({ status, phase }: JobRow) =>
  status === 'scheduled' || phase === 'admission' || phase === 'dependency' || phase === 'parked';

function notWaiting(jobId: string, { status, phase }: JobRow): AppError {
  const state = phase === null ? status : `${status} (${phase})`;
  return isTerminal(status)
    ? new AppError('not_waiting', `${jobId} has ended: it is ${status}.`, {
        hint: 'Give retry_job (POST /jobs/{job_id}/retry, pantry-queue job retry) the priority of the new run.',
      })
    : new AppError('not_waiting', `${jobId} is ${state}: its turn has come already.`);
}

function overtaken(jobId: string): AppError {
  return new AppError('not_waiting', `${jobId} was given another priority at the same moment.`, {
    hint: 'Call it again if yours is still wanted.',
  });
}
