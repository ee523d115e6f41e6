import { AppError } from '../contract/errors.ts';
import { type JobKey, jobIdOf, priorityOf } from '../contract/job.ts';
import { tryAgentNow } from '../ledger/breaker/breaker.ts';
import type { Db } from '../ledger/db.ts';
import { startNow } from '../ledger/enqueue/later.ts';
import { readJob } from '../ledger/jobs.ts';
import { endBackoff, unparkJob } from '../ledger/parking.ts';
import type { Accept } from './accept.ts';
import type { HandlerDeps } from './deps.ts';
import { latestJobView } from './job-view.ts';
import { overLimit } from './over-limit.ts';
import { askedJob, readOwnJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchJob } from './refusals.ts';

export function createRetryJob(deps: HandlerDeps, accept: Accept): Handlers['retryJob'] {
  return async ({ job_id, priority }, caller) => {
    const { db, tenant, userId } = caller;
    const asked = askedJob(db.kinds, job_id);
    const old = await readOwnJob(caller, asked, job_id);

    const entry = await accept(asked.kind, {
      subject: asked.subject,
      asked: undefined,
      tenant,
      userId,
      priority: priority ?? priorityOf(old.priority),
      mode: 'retry',
    });
    if (entry.refusing) throw overLimit(entry.refusing);
    if (!entry.row) throw noSuchJob(job_id);
    const { verdict } = entry;
    const mayWait = verdict === 'same' || verdict === 'not_retryable';
    const released = mayWait && (await release(db, { ...asked, generation: entry.row.generation }));
    if (verdict !== 'new' && verdict !== 'same' && !released) {
      const hint = entry.row.phase === 'dependency' ? { hint: WAITS_FOR_OTHERS } : {};
      throw new AppError('not_retryable', `${jobIdOf(asked)} is ${entry.row.status}.`, hint);
    }
    const deduplicated = verdict !== 'new';
    if (!deduplicated || released) deps.notifier.changed([asked.subject], { gate: true });
    const row = released ? await readJob(db, tenant, { ...asked, generation: undefined }) : undefined;
    return { ...latestJobView(row ?? entry.row, deps.workflowIdPrefix), deduplicated, released };
  };
}

const WAITS_FOR_OTHERS =
  'It waits for other jobs; waiting_for names them. To start it now, cancel it and queue it again without after.';

/**
 * Ends the wait of a live job for its next attempt, for its time or for the agent; a cap that holds it still does. A time is
 * a wish; what waits for other jobs goes on waiting, since it may need what they come to.
 */
async function release(db: Db, job: JobKey): Promise<boolean> {
  if ((await endBackoff(db, job)) || (await startNow(db, job))) return true;
  if (!(await unparkJob(db, job))) return false;
  await tryAgentNow(db);
  return true;
}
