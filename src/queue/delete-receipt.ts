import { isAppError } from '../contract/errors.ts';
import { deleteReceipt } from '../jobs/ocr/delete-receipt.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchReceipt } from './refusals.ts';
import type { RemoveUnnamed } from './unnamed-image.ts';

/** Row, jobs and readings in one commit, then the image: what the store does not remove now is removed by a round. */
export function createDeleteReceipt(deps: HandlerDeps, removeUnnamed: RemoveUnnamed): Handlers['deleteReceipt'] {
  return async ({ receipt_id: receiptId }, { db, tenant, userId }) => {
    const deleted = await deleteReceipt(db, tenant, receiptId, userId);
    if (!deleted) throw noSuchReceipt(receiptId);
    deps.notifier.changed([receiptId], { gate: true });
    const { imagePath } = deleted;
    const image_removed = imagePath !== null && (await removeUnnamed(imagePath).catch(later));
    return { receipt_id: receiptId, deleted: true, image_removed };
  };
}

function later(error: unknown): boolean {
  if (isAppError(error) && error.code === 'storage_unavailable') return false;
  throw error;
}
