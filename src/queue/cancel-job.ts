import { AppError } from '../contract/errors.ts';
import { isTerminal } from '../contract/job.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { cancelJob, readJob } from '../ledger/jobs.ts';
import { jobKeyOf, noSuchJob, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';

export function createCancelJob(deps: QueueDeps): QueueApi['cancelJob'] {
  return async (input, { principal }) => {
    const key = jobKeyOf(input.job_id);
    const userId = userFilter(principal, undefined);
    const read = async (generation: number | undefined): Promise<JobRow> => {
      const row = await readJob(deps.db, principal.tenant, { ...key, generation });
      if (!row || (userId !== undefined && row.user_id !== userId)) throw noSuchJob(input.job_id);
      return row;
    };

    const before = await read(key.generation);
    const changed = await cancelJob(deps.db, principal.tenant, before);
    const after = await read(before.generation);
    if (changed) deps.notifier.changed([after.subject], { gate: true });
    else if (isTerminal(after.status) && after.status !== 'canceled') {
      throw new AppError('not_cancellable', `${input.job_id} is ${after.status} already.`);
    }
    return { ...latestJobView(after, deps.workflowIdPrefix), already_canceled: !changed, written: writtenText(after) };
  };
}

function writtenText(row: JobRow): string {
  if (row.attempt === 0) return 'Nothing was written: no agent had read the receipt.';
  if (row.status === 'started') return 'Nothing was written: the agent’s call is being aborted.';
  return 'Nothing was written to the receipt.';
}
