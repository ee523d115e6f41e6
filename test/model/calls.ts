import type { ModelWait } from './later.ts';
import type { Model, ModelJob, ModelReceipt } from './model.ts';
import { endMismatched, isSameImage, jobShown, type ModelRow, move } from './receipt.ts';

/** What callers make of the jobs of a receipt. */

/** How a new job begins, where that is not at once. */
export type Start = { readonly wait?: ModelWait; readonly isLater?: true; readonly priority?: number };

function accept(model: Model, { generations }: ModelReceipt, row: ModelRow, start: Start): string {
  generations.push({
    no: ++model.accepted,
    row,
    priority: start.priority ?? 3,
    wait: start.wait,
    isForgotten: false,
    isCleared: false,
    state: start.wait ? 'deferred/dependency' : start.isLater ? 'scheduled' : 'queued/admission',
    runNo: 1,
    attempt: 0,
    charged: 0,
    lost: 0,
    replied: false,
    reading: undefined,
    worker: undefined,
    calls: [],
    runIsLost: false,
    aged: false,
  });
  return 'new';
}

type Mode = 'enqueue' | 'force' | 'retry';

export function enqueue(model: Model, receipt: ModelReceipt, mode: Mode, start: Start = {}): string {
  const { row, generations } = receipt;
  if (mode === 'retry' && !jobShown(receipt)) return 'job_not_found';
  if (!row) return mode === 'retry' ? 'job_not_found' : 'receipt_not_found';
  const last = generations.at(-1);
  if (!last || last.state === 'failed' || last.state === 'canceled') return accept(model, receipt, row, start);
  if (!isSameImage(receipt, last)) {
    endMismatched(last);
    return accept(model, receipt, row, start);
  }
  if (last.state === 'finished')
    return mode === 'force' ? accept(model, receipt, row, start) : mode === 'retry' ? 'not_retryable' : 'same';
  if (mode === 'force') return 'job_active';
  return mode === 'retry' && generations.length === 1 ? 'not_retryable' : 'same';
}

/** All or none; jobs that stand in the way of another receipt end in any case. */
export function enqueueBatch(model: Model): string {
  const { receipts } = model;
  for (const receipt of receipts) {
    const last = receipt.generations.at(-1);
    if (receipt.row && last && !isSameImage(receipt, last)) endMismatched(last);
  }
  if (receipts.some(({ row }) => !row)) return 'receipt_not_found';
  return receipts.map((receipt) => enqueue(model, receipt, 'enqueue')).join();
}

export function cancel(job: ModelJob | undefined): string {
  if (!job) return 'job_not_found';
  if (job.state === 'finished' || job.state === 'failed') return 'not_cancellable';
  if (job.state === 'canceled' || job.state === 'started/canceling') return 'already';
  move(job, job.state === 'started/agent' ? 'started/canceling' : 'canceled');
  return 'canceled';
}
