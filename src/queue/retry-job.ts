import { AppError } from '../contract/errors.ts';
import { jobIdOf, priorityOf } from '../contract/job.ts';
import { readJob } from '../ledger/jobs.ts';
import type { Accept } from './accept.ts';
import type { HandlerDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';
import { askedJob, ownJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchJob } from './refusals.ts';

export function createRetryJob(deps: HandlerDeps, accept: Accept): Handlers['retryJob'] {
  return async ({ job_id, priority }, caller) => {
    const { db, tenant, userId } = caller;
    const asked = askedJob(db.kinds, job_id);
    const old = ownJob(await readJob(db, tenant, asked), caller, job_id);

    const entry = await accept(asked.kind, {
      subject: asked.subject,
      asked: undefined,
      tenant,
      userId,
      priority: priority ?? priorityOf(old.priority),
      mode: 'retry',
    });
    if (!entry.row) throw noSuchJob(job_id);
    if (entry.verdict !== 'new' && entry.verdict !== 'same') {
      throw new AppError('not_retryable', `${jobIdOf(asked)} is ${entry.row.status}.`);
    }
    const deduplicated = entry.verdict === 'same';
    if (!deduplicated) deps.notifier.changed([asked.subject], { gate: true });
    return { ...latestJobView(entry.row, deps.workflowIdPrefix), deduplicated };
  };
}
