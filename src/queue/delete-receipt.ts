import type { QueueApi } from '../contract/queue-api.ts';
import { deleteReceipt } from '../ledger/delete-receipt.ts';
import { noSuchReceipt, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { removeUnnamed } from './unnamed-image.ts';

/** Row, jobs and readings in one commit, then the image: a crash in between leaves an image that nobody names. */
export function createDeleteReceipt(deps: QueueDeps): QueueApi['deleteReceipt'] {
  return async ({ receipt_id: receiptId }, { principal }) => {
    const deleted = await deleteReceipt(deps.db, principal.tenant, receiptId, userFilter(principal, undefined));
    if (!deleted) throw noSuchReceipt(receiptId);
    deps.notifier.changed([receiptId], { gate: true });
    const { imagePath } = deleted;
    const image_removed = imagePath !== null && (await removeUnnamed(deps, imagePath));
    return { receipt_id: receiptId, deleted: true, image_removed };
  };
}
