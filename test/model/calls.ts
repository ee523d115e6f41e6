import type { Model, ModelJob, ModelReceipt } from './model.ts';
import { endMismatched, isSameImage, jobShown, type ModelRow, move } from './receipt.ts';

/** What callers make of the jobs of a receipt. */

function accept({ generations }: ModelReceipt, row: ModelRow): string {
  generations.push({
    row,
    isForgotten: false,
    isCleared: false,
    state: 'queued/admission',
    runNo: 1,
    attempt: 0,
    charged: 0,
    lost: 0,
    replied: false,
    worker: undefined,
    calls: [],
    runIsLost: false,
    aged: false,
  });
  return 'new';
}

type Mode = 'enqueue' | 'force' | 'retry';

export function enqueue(receipt: ModelReceipt, mode: Mode): string {
  const { row, generations } = receipt;
  if (mode === 'retry' && !jobShown(receipt)) return 'job_not_found';
  if (!row) return mode === 'retry' ? 'job_not_found' : 'receipt_not_found';
  const last = generations.at(-1);
  if (!last || last.state === 'failed' || last.state === 'canceled') return accept(receipt, row);
  if (!isSameImage(receipt, last)) {
    endMismatched(last);
    return accept(receipt, row);
  }
  if (last.state === 'finished')
    return mode === 'force' ? accept(receipt, row) : mode === 'retry' ? 'not_retryable' : 'same';
  if (mode === 'force') return 'job_active';
  return mode === 'retry' && generations.length === 1 ? 'not_retryable' : 'same';
}

/** All or none; jobs that stand in the way of another receipt end in any case. */
export function enqueueBatch({ receipts }: Model): string {
  for (const receipt of receipts) {
    const last = receipt.generations.at(-1);
    if (receipt.row && last && !isSameImage(receipt, last)) endMismatched(last);
  }
  if (receipts.some(({ row }) => !row)) return 'receipt_not_found';
  return receipts.map((receipt) => enqueue(receipt, 'enqueue')).join();
}

export function cancel(job: ModelJob | undefined): string {
  if (!job) return 'job_not_found';
  if (job.state === 'finished' || job.state === 'failed') return 'not_cancellable';
  if (job.state === 'canceled' || job.state === 'started/canceling') return 'already';
  move(job, job.state === 'started/agent' ? 'started/canceling' : 'canceled');
  return 'canceled';
}
