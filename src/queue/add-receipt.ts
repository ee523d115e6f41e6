import { LIMITS } from '../contract/policies.ts';
import { checkPurchaseDate } from '../contract/purchase-date.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { insertReceipt, readReceipt } from '../ledger/receipts.ts';
import { noSuchReceipt, oneUser } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { checkImage } from './image-check.ts';
import { receiptView } from './receipts.ts';

/** Image, row, job, in this order: a crash in between leaves an image nobody names, or a receipt that is pending. */
export function createAddReceipt(deps: QueueDeps, enqueueOcr: QueueApi['enqueueOcr']): QueueApi['addReceipt'] {
  return async (upload, context) => {
    const { tenant } = context.principal;
    const userId = oneUser(context.principal, upload.userId);
    const purchaseDate =
      upload.purchaseDate === undefined ? undefined : checkPurchaseDate(upload.purchaseDate, Date.now());

    const image = await checkImage(upload.bytes);
    const stored = await deps.blobs.put(image.bytes, image.extension, LIMITS.uploadBytes);
    const receiptId = await insertReceipt(deps.db, {
      tenant,
      userId,
      imagePath: stored.path,
      purchaseDate,
      sha256: stored.sha256,
      bytes: stored.bytes,
    });
    const { deduplicated: _new, differs: _none, ...job } = await enqueueOcr({ receipt_id: receiptId }, context);
    const row = await readReceipt(deps.db, tenant, receiptId, undefined);
    if (!row) throw noSuchReceipt(receiptId);
    return { receipt: receiptView(row, null), job };
  };
}
