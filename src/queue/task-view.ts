import { exactIdOf, isTerminal, type Status } from '../contract/job.ts';
import type { Task } from '../contract/operations/tasks.ts';
import { type CountedBatch, readCountedBatch } from '../ledger/batches/batches.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { readJob } from '../ledger/jobs.ts';
import { batchNews } from '../words/batch-for-models.ts';
import { jobNews } from '../words/job-for-models.ts';
import { batchView } from './batches.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import { jobView, pollAfterMs } from './job-view.ts';
import { askedJob, isOwn } from './own-job.ts';
import { noSuchTask, type TaskHandle } from './task-handles.ts';

/** A task as far as the ledger knows it. */
type State = Omit<Task, 'task_id' | 'created_at' | 'updated_at'> & { readonly since: Date };

/**
 * What a task is now: read anew each time, by any process, and only as far as the caller may see what it follows.
 * @throws AppError task_not_found also when what it follows is past its retention, or somebody else's by now
 */
export async function taskView(deps: HandlerDeps, taskId: string, handle: TaskHandle, caller: Caller): Promise<Task> {
  const { since, ...state } = 'job' in handle ? await jobState(deps, handle, caller) : await batchState(handle, caller);
  return {
    task_id: taskId,
    ...state,
    created_at: new Date(handle.at).toISOString(),
    // A task may be made of a job that has ended before.
    updated_at: new Date(Math.max(handle.at, since.getTime())).toISOString(),
  };
}

async function jobState(
  { retention, workflowIdPrefix }: HandlerDeps,
  handle: Extract<TaskHandle, { job: string }>,
  caller: Caller,
): Promise<State> {
  const row = await readJob(caller.db, caller.tenant, askedJob(caller.db.kinds, handle.job), caller.userId);
  if (!isOwn(row, caller) || row.expired_at !== null || row.created_at.getTime() !== handle.made) throw noSuchTask();
  const job = jobView(row, workflowIdPrefix);
  const hasEnded = isTerminal(row.status);
  return {
    status: STATUS[row.status] ?? 'working',
    says: jobNews(job),
    job_id: exactIdOf(row),
    batch_id: null,
    since: row.ended_at ?? row.state_since,
    ttl_ms: keptMs(row, retention, handle.at),
    poll_after_ms: hasEnded ? null : pollAfterMs(job.eta_s),
  };
}

const STATUS: Readonly<Partial<Record<Status, Task['status']>>> = {
  finished: 'completed',
  failed: 'completed',
  canceled: 'canceled',
};

/** Nothing is removed sooner; what still lives is kept at least so long from now on. */
function keptMs({ status, ended_at, now }: JobRow, retention: HandlerDeps['retention'], at: number): number | null {
  const { resultTtlS, failureTtlS } = retention;
  const ttls = status === 'finished' ? [resultTtlS] : isTerminal(status) ? [failureTtlS] : [resultTtlS, failureTtlS];
  // 0: for ever.
  const endsS = ttls.filter((ttlS) => ttlS > 0);
  if (endsS.length === 0) return null;
  return Math.max(0, (ended_at ?? now).getTime() - at + Math.min(...endsS) * 1_000);
}

/** The rows of batches stay, and how one ended for the first time does too. */
async function batchState({ batch }: Extract<TaskHandle, { batch: string }>, caller: Caller): Promise<State> {
  const row = await readCountedBatch(caller.db, caller, batch);
  if (!row) throw noSuchTask();
  const view = batchView(row);
  return {
    status: batchStatus(row),
    says: batchNews(view),
    job_id: null,
    batch_id: batch,
    since: row.ended_at ?? row.now,
    ttl_ms: null,
    poll_after_ms: row.ended_at === null ? pollAfterMs(view.eta_s) : null,
  };
}

/** By how it ended at first: what is retried later, or canceled later, changes nothing here. */
function batchStatus({ ended_at, ended_as }: CountedBatch): Task['status'] {
  if (ended_at === null || ended_as === null) return 'working';
  const { finished, failed, canceled } = ended_as;
  return canceled > 0 && finished + failed === 0 ? 'canceled' : 'completed';
}
