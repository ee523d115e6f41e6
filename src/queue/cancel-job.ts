import { AppError } from '../contract/errors.ts';
import { isTerminal } from '../contract/job.ts';
import type { JobType } from '../jobs/job-type.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { cancelJob } from '../ledger/jobs.ts';
import type { HandlerDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';
import { askedJob, readOwnJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';

export function createCancelJob(deps: HandlerDeps): Handlers['cancelJob'] {
  return async ({ job_id }, caller) => {
    const { db } = caller;
    const asked = askedJob(db.kinds, job_id);
    const read = (generation: number | undefined): Promise<JobRow> =>
      readOwnJob(caller, { ...asked, generation }, job_id);

    const before = await read(asked.generation);
    const changed = await cancelJob(db, caller.principal, before);
    const after = await read(before.generation);
    if (changed) deps.notifier.changed([after.subject], { gate: true });
    else if (isTerminal(after.status) && after.status !== 'canceled') {
      throw new AppError('not_cancellable', `${job_id} is ${after.status} already.`);
    }
    return {
      ...latestJobView(after, deps.workflowIdPrefix),
      already_canceled: !changed,
      written: writtenText(db.kinds.of(after.kind), after),
    };
  };
}

function writtenText({ words: { unwritten } }: JobType, row: JobRow): string {
  if (row.attempt === 0) return unwritten.uncalled;
  return row.status === 'started' ? unwritten.aborting : unwritten.called;
}
