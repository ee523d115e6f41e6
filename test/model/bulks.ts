import type { ModelJob, ModelReceipt } from './model.ts';
import { isLive } from './receipt.ts';

/** What is done to many jobs after a preview; here each filter is one receipt, so that a preview sees one job or none. */
export const BULK_CALLS = ['clear', 'redrive', 'cancel'] as const;
export type BulkCall = (typeof BULK_CALLS)[number];

export type BulkOp =
  | { readonly op: 'preview' | 'confirm'; readonly call: BulkCall; readonly receipt: number }
  | { readonly op: 'restore'; readonly receipt: number };

export interface ModelBulks {
  /** The newest preview of each call. */
  readonly previews: Partial<Record<BulkCall, ModelPreview>>;
  /** Redrives that are confirmed and that no round has carried out, the first first: a newer preview changes nothing. */
  readonly waiting: ModelPreview[];
  /** The newest clearing that was confirmed. */
  clearing: { readonly job: ModelJob | undefined; restored: string | undefined } | undefined;
}

interface ModelPreview {
  /** The job that it saw. */
  readonly job: ModelJob | undefined;
  /** What its confirmation has come to; a second one gives the same. */
  confirmed: 'done' | 'skipped' | 'waits' | 'nothing' | undefined;
}

export const noBulks = (): ModelBulks => ({ previews: {}, waiting: [], clearing: undefined });

/** The latest generation, where a call over many jobs would act on it now. */
function candidate({ generations }: ModelReceipt, call: BulkCall): ModelJob | undefined {
  const last = generations.at(-1);
  if (!last || last.isForgotten || last.isCleared) return undefined;
  const fits = call === 'cancel' ? isLive(last) && last.state !== 'started/canceling' : last.state === 'failed';
  return fits ? last : undefined;
}

export function preview(receipt: ModelReceipt, call: BulkCall): string {
  const job = candidate(receipt, call);
  receipt.bulks.previews[call] = { job, confirmed: undefined };
  return job ? '1' : '0';
}

/** @param cancelJob as a cancel of one job does it */
export function confirm(receipt: ModelReceipt, call: BulkCall, cancelJob: (job: ModelJob) => void): string {
  const seen = receipt.bulks.previews[call];
  if (!seen) return 'no preview';
  if (seen.confirmed === undefined) {
    const { job } = seen;
    const isStillSo = job !== undefined && candidate(receipt, call) === job;
    seen.confirmed = job === undefined ? 'nothing' : isStillSo ? (call === 'redrive' ? 'waits' : 'done') : 'skipped';
    if (seen.confirmed === 'waits') receipt.bulks.waiting.push(seen);
    if (seen.confirmed === 'done' && job) {
      if (call === 'clear') job.isCleared = true;
      else cancelJob(job);
    }
    if (call === 'clear') {
      receipt.bulks.clearing = { job: seen.confirmed === 'done' ? job : undefined, restored: undefined };
    }
  }
  return seen.confirmed;
}

/** What a round does with the redrives that a person has confirmed: of several about one job, the first acts. */
export function redriveRound(receipt: ModelReceipt, retry: () => string): void {
  for (const redrive of receipt.bulks.waiting.splice(0)) {
    const isStillSo = candidate(receipt, 'redrive') === redrive.job;
    redrive.confirmed = isStillSo && retry() === 'new' ? 'done' : 'skipped';
  }
}

/** Takes the newest clearing back, once: what was retried or deleted since stays as it is. */
export function restore(receipt: ModelReceipt): string {
  const { clearing } = receipt.bulks;
  if (!clearing) return 'no clearing';
  if (clearing.restored === undefined) {
    const { job } = clearing;
    const isLatest = job !== undefined && receipt.generations.at(-1) === job && !job.isForgotten;
    if (isLatest && job.isCleared) {
      job.isCleared = false;
      clearing.restored = '1';
    } else clearing.restored = '0';
  }
  return clearing.restored;
}
