import type { Batch } from '../contract/operations/batches.ts';

/** Members that have ended, in whatever way. */
export const endedOf = ({ progress: { finished, failed, canceled, gone } }: Batch) =>
  finished + failed + canceled + gone;

/** How far a batch is, in a few words. */
export function batchNews(batch: Batch): string {
  const { batch_id, total, progress } = batch;
  const failed = progress.failed === 0 ? '' : `, ${progress.failed} failed`;
  return `${batch_id}: ${endedOf(batch)} of ${total} have ended${failed}`;
}
