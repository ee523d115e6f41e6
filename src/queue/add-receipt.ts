import { createHash } from 'node:crypto';
import { AppError, isAppError } from '../contract/errors.ts';
import type { Job } from '../contract/fields.ts';
import { jobIdOf, ocrOf } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import type { CallContext } from '../contract/principal.ts';
import { checkPurchaseDate } from '../contract/purchase-date.ts';
import type { AddedReceipt, QueueApi } from '../contract/queue-api.ts';
import { deleteReceipt } from '../ledger/delete-receipt.ts';
import { findUpload, insertReceiptOnce, type KeptUpload } from '../ledger/idempotency-keys.ts';
import { insertReceipt, readReceipt } from '../ledger/receipts.ts';
import { oneUser } from './access.ts';
import type { QueueDeps } from './deps.ts';
import { checkImage } from './image/check.ts';
import { receiptView } from './receipts.ts';
import { removeUnnamed } from './unnamed-image.ts';

/** Image, row, job, in this order: a crash in between leaves an image nobody names, or a receipt that is pending. */
export function createAddReceipt(
  deps: QueueDeps,
  calls: Pick<QueueApi, 'enqueueOcr' | 'getJobStatus'>,
): QueueApi['addReceipt'] {
  return async (upload, context) => {
    const { tenant } = context.principal;
    const userId = oneUser(context.principal, upload.userId);
    const purchaseDate =
      upload.purchaseDate === undefined ? undefined : checkPurchaseDate(upload.purchaseDate, Date.now());
    const key = upload.idempotency && { tenant, userId, key: upload.idempotency.key };
    const fingerprintOf = (sha256: string) =>
      [sha256, purchaseDate ?? '-', upload.idempotency?.part ?? 'one'].join(' ');

    const kept = key && (await findUpload(deps.db, key));
    if (kept) {
      refuseOther(kept, fingerprintOf(await sha256Of(upload.bytes)));
      return repeated(kept, context);
    }
    const image = await checkImage(upload.bytes);
    const stored = await deps.blobs.put(image.bytes, image.extension, LIMITS.uploadBytes).finally(image.close);
    const { sha256, bytes, path: imagePath } = stored;
    const receipt = { tenant, userId, imagePath, purchaseDate, sha256, bytes };
    if (!key) {
      const receiptId = await insertReceipt(deps.db, receipt);
      await refuseLostImage(receiptId, imagePath, tenant);
      return queued(receiptId, context);
    }
    const fingerprint = fingerprintOf(sha256);
    const added = await insertReceiptOnce(deps.db, receipt, { ...key, fingerprint });
    // Another upload came first under this key, and the image of this one may be nobody's.
    if (added.fingerprint !== fingerprint) await removeUnnamed(deps, imagePath);
    refuseOther(added, fingerprint);
    if (!added.isNew) return repeated(added, context);
    await refuseLostImage(added.receiptId, imagePath, tenant);
    return queued(added.receiptId, context);
  };

  /** The last other receipt of the same image may have been deleted between the two, and the image with it. */
  async function refuseLostImage(receiptId: number, imagePath: string, tenant: string): Promise<void> {
    if (await deps.blobs.exists(imagePath)) return;
    await deleteReceipt(deps.db, tenant, receiptId, undefined);
    throw new AppError('storage_unavailable', 'The image was removed while it was added.', { retryAfterS: 1 });
  }

  async function queued(receiptId: number, context: CallContext): Promise<AddedReceipt> {
    const { deduplicated: _new, differs: _none, ...job } = await calls.enqueueOcr({ receipt_id: receiptId }, context);
    return answerOf(receiptId, job, context);
  }

  /** The job that it has, whatever became of it: a repeated upload is no wish to read again. */
  async function repeated({ receiptId, isReplaced }: KeptUpload, context: CallContext): Promise<AddedReceipt> {
    if (isReplaced) throw deletedSince(receiptId);
    try {
      const job = await calls.getJobStatus({ job_id: jobIdOf(ocrOf(receiptId)) }, context);
      return await answerOf(receiptId, job, context);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'job_not_found') throw error;
    }
    // The first request was cut between its receipt and its job.
    return queued(receiptId, context).catch((error: unknown) => {
      throw isAppError(error) && error.code === 'receipt_not_found' ? deletedSince(receiptId) : error;
    });
  }

  async function answerOf(receiptId: number, job: Job, context: CallContext): Promise<AddedReceipt> {
    const row = await readReceipt(deps.db, context.principal.tenant, receiptId, undefined);
    if (!row) throw deletedSince(receiptId);
    return { receipt: receiptView(row, null), job };
  }
}

function deletedSince(receiptId: number): AppError {
  return new AppError('receipt_deleted', `Receipt ${receiptId} was deleted after it had been added.`, {
    hint: 'Send it with another Idempotency-Key, or without one, to add it again.',
  });
}

function refuseOther(kept: KeptUpload, fingerprint: string): void {
  if (kept.fingerprint === fingerprint) return;
  const message = 'This Idempotency-Key was used before, with another image, date or number of files.';
  throw new AppError('idempotency_conflict', message, {
    hint: 'Give each upload a key of its own; repeat a key only with the same content.',
    fields: [{ pointer: '/Idempotency-Key', code: 'idempotency_conflict', message }],
  });
}

async function sha256Of(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}
