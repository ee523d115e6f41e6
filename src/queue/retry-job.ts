import { AppError } from '../contract/errors.ts';
import { jobIdOf, priorityOf } from '../contract/job.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { readJob } from '../ledger/jobs.ts';
import type { Accept } from './accept.ts';
import { jobKeyOf, noSuchJob, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';

export function createRetryJob(deps: QueueDeps, accept: Accept): QueueApi['retryJob'] {
  return async (input, { principal }) => {
    const key = jobKeyOf(input.job_id);
    const userId = userFilter(principal, undefined);
    const old = await readJob(deps.db, principal.tenant, key);
    if (!old || (userId !== undefined && old.user_id !== userId)) throw noSuchJob(input.job_id);

    const entry = await accept({
      receiptId: key.subject,
      imagePath: undefined,
      tenant: principal.tenant,
      userId,
      priority: input.priority ?? priorityOf(old.priority),
      mode: 'retry',
    });
    if (!entry.row) throw noSuchJob(input.job_id);
    if (entry.verdict !== 'new' && entry.verdict !== 'same') {
      throw new AppError('not_retryable', `${jobIdOf(key)} is ${entry.row.status}.`);
    }
    const deduplicated = entry.verdict === 'same';
    if (!deduplicated) deps.notifier.changed([key.subject], { gate: true });
    return { ...latestJobView(entry.row, deps.workflowIdPrefix), deduplicated };
  };
}
