import { createHash } from 'node:crypto';
import { AppError, isAppError } from '../contract/errors.ts';
import type { Job } from '../contract/fields.ts';
import { jobIdOf, ocrOf } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import type { AddedReceipt, Upload } from '../contract/queue-api.ts';
import { deleteReceipt, discardUpload } from '../jobs/ocr/delete-receipt.ts';
import { findUpload, insertReceiptOnce, type KeptUpload } from '../jobs/ocr/idempotency-keys.ts';
import { announceImage, insertReceipt } from '../jobs/ocr/new-receipt.ts';
import { readReceipt } from '../jobs/ocr/receipts.ts';
import type { CallKeyOf } from '../ledger/access/idempotency-keys.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import { checkImage } from './image/check.ts';
import type { Handlers } from './pipeline.ts';
import { receiptView } from './receipt-view.ts';
import type { Stage } from './stage.ts';
import type { RemoveUnnamed } from './unnamed-image.ts';

/**
 * Image, row, job, in this order: a crash in between leaves an image that a round removes, or a receipt that is pending.
 * @returns the handler, and the stage that answers an upload whose key was used before
 */
export function createAddReceipt(
  { blobs }: HandlerDeps,
  removeUnnamed: RemoveUnnamed,
  handlers: Pick<Handlers, 'enqueueOcr' | 'getJobStatus'>,
): { readonly addReceipt: Handlers['addReceipt']; readonly byKey: Stage } {
  const byKey: Stage = async ({ row, input, caller }, next) => {
    if (row.repeat !== 'keyed' || !caller) return next();
    const upload = input as Upload;
    const key = keyOf(upload, caller);
    const kept = key && (await findUpload(caller.db, key));
    return kept ? repeated(kept, upload, fingerprintOf(upload, await sha256Of(upload.bytes)), caller) : next();
  };

  const addReceipt: Handlers['addReceipt'] = async (upload, caller) => {
    const { db, tenant, owner: userId } = caller;
    const image = await checkImage(upload.bytes);
    const stored = await blobs
      .put(image.bytes, image.extension, LIMITS.uploadBytes, (path) => announceImage(db, tenant, path))
      .finally(image.close);
    const { sha256, bytes, path: imagePath } = stored;
    const { purchase_date: purchaseDate, allow_duplicate: allowDuplicate = false } = upload;
    const receipt = { tenant, userId, imagePath, purchaseDate, sha256, bytes, allowDuplicate };
    const withoutImage = async (error: unknown): Promise<never> => {
      if (isAppError(error) && error.code === 'invalid_argument') await removeNow(imagePath);
      throw error;
    };
    const key = keyOf(upload, caller);
    if (!key) {
      const { receiptId, isDuplicate } = await insertReceipt(db, receipt).catch(withoutImage);
      if (isDuplicate) return answerOfFirst(receiptId, upload, caller);
      await refuseLostImage(receiptId, imagePath, caller);
      return queued(receiptId, upload, caller).catch((error: unknown) => refused(error, receiptId, imagePath, caller));
    }
    const fingerprint = fingerprintOf(upload, sha256);
    const added = await insertReceiptOnce(db, receipt, { ...key, fingerprint }).catch(withoutImage);
    // Another upload came first under this key, and the image of this one may be nobody's.
    if (added.fingerprint !== fingerprint) await removeNow(imagePath);
    if (!added.isNew) return repeated(added, upload, fingerprint, caller);
    if (added.isDuplicate) return answerOfFirst(added.receiptId, upload, caller);
    await refuseLostImage(added.receiptId, imagePath, caller);
    return queued(added.receiptId, upload, caller).catch((error: unknown) =>
      refused(error, added.receiptId, imagePath, caller),
    );
  };

  /** What a limit refuses leaves nothing: no receipt, no image, and no key, so the same upload may come again. */
  async function refused(error: unknown, receiptId: number, imagePath: string, caller: Caller): Promise<never> {
    if (isAppError(error) && error.limit) {
      await discardUpload(caller.db, caller.tenant, caller.owner, receiptId);
      await removeNow(imagePath);
    }
    throw error;
  }

  /** A store that is away hides no refusal: a round removes the image later. */
  const removeNow = (imagePath: string) => removeUnnamed(imagePath).catch(() => false);

  /** The last other receipt of the same image may have been deleted between the two, and the image with it. */
  async function refuseLostImage(receiptId: number, imagePath: string, { db, tenant }: Caller): Promise<void> {
    if (await blobs.exists(imagePath)) return;
    await deleteReceipt(db, tenant, receiptId, undefined);
    throw new AppError('storage_unavailable', 'The image was removed while it was added.', { retryAfterS: 1 });
  }

  async function queued(receiptId: number, { priority }: Upload, caller: Caller): Promise<AddedReceipt> {
    const asked = { receipt_id: receiptId, priority };
    const { deduplicated: _new, differs, ...job } = await handlers.enqueueOcr(asked, caller);
    return { ...(await answerOf(receiptId, job, caller)), ...(differs ? { differs } : {}) };
  }

  /** The job that it has, whatever became of it: a repeated upload is no wish to read again. */
  async function repeated(
    kept: KeptUpload,
    upload: Upload,
    fingerprint: string,
    caller: Caller,
  ): Promise<AddedReceipt> {
    const { receiptId, isDeleted, isDuplicate } = kept;
    if (isDeleted) throw deletedSince(receiptId);
    refuseOther(kept, fingerprint);
    if (isDuplicate) return answerOfFirst(receiptId, upload, caller);
    try {
      const job = await handlers.getJobStatus({ job_id: jobIdOf(ocrOf(receiptId)) }, caller);
      return await answerOf(receiptId, job, caller);
    } catch (error) {
      if (!isAppError(error) || error.code !== 'job_not_found') throw error;
    }
    // The first request was cut between its receipt and its job.
    return queuedStill(receiptId, upload, caller);
  }

  const queuedStill = (receiptId: number, upload: Upload, caller: Caller) =>
    queued(receiptId, upload, caller).catch((error: unknown) => {
      throw isAppError(error) && error.code === 'receipt_not_found' ? deletedSince(receiptId) : error;
    });

  /** As an enqueue of that receipt: its job, or a new generation where the last one failed or was canceled. */
  async function answerOfFirst(receiptId: number, upload: Upload, caller: Caller): Promise<AddedReceipt> {
    const { receipt, job, differs: asJob = [] } = await queuedStill(receiptId, upload, caller);
    const said = upload.purchase_date;
    const differs = [...(said !== undefined && said !== receipt.purchase_date ? ['purchase_date'] : []), ...asJob];
    return { receipt, job, deduplicated: true, ...(differs.length === 0 ? {} : { differs }) };
  }

  async function answerOf(receiptId: number, job: Job, { db, tenant }: Caller): Promise<AddedReceipt> {
    const row = await readReceipt(db, tenant, receiptId, undefined);
    if (!row) throw deletedSince(receiptId);
    return { receipt: receiptView(row, null), job, deduplicated: false };
  }

  return { addReceipt, byKey };
}

/** One request and a bulk request may use the same key, and each file of a bulk has its own. */
function keyOf({ idempotency }: Upload, { tenant, owner }: Caller): CallKeyOf | undefined {
  if (!idempotency) return undefined;
  const { key, file } = idempotency;
  return { tenant, userId: owner, key: file ? `bulk ${file.index} ${key}` : `one ${key}` };
}

/** What must be the same when a key comes again. */
function fingerprintOf({ purchase_date, allow_duplicate, idempotency }: Upload, sha256: string): string {
  const file = idempotency?.file;
  const parts = [sha256, purchase_date ?? '-', file ? `${file.index} of ${file.of}` : 'one'];
  return [...parts, ...(allow_duplicate ? ['twice'] : [])].join(' ');
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
