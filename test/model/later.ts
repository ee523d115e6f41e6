import type { OnParentFailure } from '../../src/contract/job.ts';
import { enqueue } from './calls.ts';
import type { Model, ModelJob } from './model.ts';
import { isLive, move } from './receipt.ts';

/** Jobs that start at a time, after another job, or by a schedule. */
export type LaterOp =
  | { readonly op: 'enqueue later'; readonly receipt: number }
  /** After the latest job of the other receipt. */
  | { readonly op: 'enqueue after'; readonly receipt: number; readonly onParentFailure: OnParentFailure }
  /** A schedule of the owner is due; with what is found of it just before. */
  | { readonly op: 'schedule'; readonly seen?: ScheduleSeen };

export interface ScheduleSeen {
  /** Receipts of the sequence that are pending. */
  readonly pending: readonly number[];
  /** The batch of its last run has not ended. */
  readonly overlaps: boolean;
}

/** A job that waits for another one. */
export interface ModelWait {
  readonly parent: ModelJob;
  readonly onParentFailure: OnParentFailure;
}

export function enqueueAfter(model: Model, index: number, onParentFailure: OnParentFailure): string {
  const receipt = model.receipts[index];
  const parent = model.receipts[1 - index]?.generations.at(-1);
  if (!receipt) throw new Error(`there is no receipt ${index}`);
  if (!parent) return 'job_not_found';
  if (isLive(parent) && parent.wait && receipt.generations.includes(parent.wait.parent)) return 'dependency_circle';
  if (!isLive(parent) && parent.state !== 'finished' && onParentFailure !== 'run') return 'dependency_failed';
  return enqueue(model, receipt, 'enqueue', isLive(parent) ? { wait: { parent, onParentFailure } } : {});
}

/** Waits that are over: a job without one goes on, or ends with its parent. */
export function settleWaits(jobs: readonly ModelJob[]): void {
  for (const job of jobs) {
    if (!isLive(job) || !job.wait || isLive(job.wait.parent)) continue;
    const { parent, onParentFailure } = job.wait;
    if (parent.state === 'finished' || onParentFailure === 'run') {
      job.wait = undefined;
      move(job, 'queued/admission');
    } else move(job, onParentFailure === 'cancel' ? 'canceled' : 'failed');
  }
}

/** Those whose time has come wait for their turn. */
export function releaseScheduled(jobs: readonly ModelJob[]): void {
  for (const job of jobs) if (job.state === 'scheduled' && job.aged) move(job, 'queued/admission');
}

export function fireSchedule(model: Model, { pending, overlaps }: ScheduleSeen): string {
  if (overlaps) return 'overlap';
  if (pending.length === 0) return 'nothing_pending';
  const receipts = model.receipts.filter((_, index) => pending.includes(index));
  return `fired ${receipts.map((receipt) => enqueue(model, receipt, 'enqueue')).join()}`;
}
