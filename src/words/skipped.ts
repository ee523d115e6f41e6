import type { OutputOf } from '../contract/queue-api.ts';

/** So many are named. */
const NAMED = 5;

/** Receipts of a batch that cannot be queued, by why. */
export function skippedLines(skipped: OutputOf<'enqueueBatchOcr'>['skipped']): string[] {
  return [...new Set(skipped.map(({ code }) => code))].map((code) => {
    const receipts = skipped.filter((each) => each.code === code);
    const named = receipts.slice(0, NAMED).map(({ receipt_id }) => receipt_id);
    const more = receipts.length > NAMED ? ` and ${receipts.length - NAMED} more` : '';
    return `Not queued, ${code}: receipt ${named.join(', ')}${more}.`;
  });
}
