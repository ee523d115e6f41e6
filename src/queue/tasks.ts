import { invalidArgument } from '../contract/check-input.ts';
import { toAppError } from '../contract/errors.ts';
import { exactIdOf } from '../contract/job.ts';
import { readConfirmKey } from '../ledger/access/confirm-key.ts';
import { readBatch } from '../ledger/batches/batches.ts';
import { noSuchBatch } from './batches.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import { askedJob, readOwnJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { expired } from './refusals.ts';
import { type Followed, openTask, sealTask } from './task-handles.ts';
import { taskView } from './task-view.ts';

type Cancels = Pick<Handlers, 'cancelJob' | 'cancelJobs'>;

/** A task has no row: what it follows is in the ledger, and which that is says its id. */
export function createCreateTask(deps: HandlerDeps): Handlers['createTask'] {
  return async ({ job_id, batch_id }, caller) => {
    if ((job_id === undefined) === (batch_id === undefined)) throw invalidArgument('job_id', 'ambiguous', ONE_OF);
    const followed =
      job_id === undefined ? await followedBatch(batch_id ?? '', caller) : await followedJob(job_id, caller);
    const { key, now } = await readConfirmKey(caller.db);
    const handle = { ...followed, at: now.getTime() };
    return taskView(deps, sealTask(key, caller.principal, handle), handle, caller);
  };
}

const ONE_OF = 'Give either job_id or batch_id.';

async function followedJob(jobId: string, caller: Caller): Promise<Followed> {
  const { db } = caller;
  const row = await readOwnJob(caller, askedJob(db.kinds, jobId), jobId);
  if (row.expired_at) throw expired(db.kinds.of(row.kind), jobId, row.subject);
  // With its number, also the first: without it an id names whatever is the latest.
  return { job: exactIdOf(row), made: row.created_at.getTime() };
}

async function followedBatch(batchId: string, caller: Caller): Promise<Followed> {
  const row = await readBatch(caller.db, caller, batchId);
  if (!row) throw noSuchBatch(batchId);
  return { batch: row.batch_id };
}

async function openedTask(deps: HandlerDeps, taskId: string, caller: Caller) {
  const { key } = await readConfirmKey(caller.db);
  const handle = openTask(key, caller.principal, taskId);
  return { handle, task: await taskView(deps, taskId, handle, caller) };
}

export function createGetTask(deps: HandlerDeps): Handlers['getTask'] {
  return async ({ task_id }, caller) => (await openedTask(deps, task_id, caller)).task;
}

export function createCancelTask(deps: HandlerDeps, cancels: Cancels): Handlers['cancelTask'] {
  return async ({ task_id }, caller) => {
    const { handle, task } = await openedTask(deps, task_id, caller);
    if (task.status !== 'working') return task;
    await ('job' in handle ? cancelOne(cancels, handle.job, caller) : cancelAll(cancels, handle.batch, caller));
    return taskView(deps, task_id, handle, caller);
  };
}

async function cancelOne({ cancelJob }: Cancels, job_id: string, caller: Caller): Promise<void> {
  try {
    await cancelJob({ job_id }, caller);
  } catch (error) {
    // It has just ended by itself, and what has ended stays as it is.
    if (toAppError(error).code !== 'not_cancellable') throw error;
  }
}

async function cancelAll({ cancelJobs }: Cancels, batch_id: string, caller: Caller): Promise<void> {
  const { confirm_token, would_affect = 0 } = await cancelJobs({ batch_id }, caller);
  if (confirm_token !== undefined && would_affect > 0) await cancelJobs({ confirm_token }, caller);
}
