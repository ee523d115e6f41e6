import { type CallKeyOf, EXPIRED, KEPT, OF_KEY } from '../../ledger/access/idempotency-keys.ts';
import { type Db, isUniqueViolation } from '../../ledger/db.ts';
import { INSERT_RECEIPT, insertNewReceipt, type NewReceipt } from './new-receipt.ts';

/** A request that was accepted under a key. */
export interface KeptUpload {
  readonly receiptId: number;
  readonly fingerprint: string;
  /** The receipt was deleted; another may have its id now. */
  readonly isDeleted: boolean;
  /** It was there before the request: the first receipt of the same bytes. */
  readonly isDuplicate: boolean;
}

/** @returns undefined when the key is new, or too old to count */
export async function findUpload(db: Db, { tenant, userId, key }: CallKeyOf): Promise<KeptUpload | undefined> {
  const [row] = await db.query<{ receipt_id: number; fingerprint: string; deleted: boolean; duplicate: boolean }>(
    `select receipt_id, answer is not null as duplicate, fingerprint, fingerprint = '' or exists (
       select from public.receipts r where r.id = k.receipt_id and (r.user_id <> k.user_id
         or extract(epoch from r.created_at) > extract(epoch from k.created_at) + 1)) as deleted
     from pantry_queue.idempotency_keys k where ${OF_KEY} and ${KEPT}`,
    [tenant, userId, key],
  );
  return (
    row && {
      receiptId: row.receipt_id,
      fingerprint: row.fingerprint,
      isDeleted: row.deleted,
      isDuplicate: row.duplicate,
    }
  );
}

/** Receipt and key are one commit, and each takes a few keys away that are past their time. */
const INSERT_WITH_KEY = `
with ${INSERT_RECEIPT}, ${EXPIRED}, kept as (
  insert into pantry_queue.idempotency_keys (tenant_id, user_id, key, fingerprint, receipt_id)
  select $4, $1, $8, $9, id from r
)
select id from r`;

/** The key of an upload that made no receipt remembers the one that it was answered with. */
const KEEP_DUPLICATE = `
insert into pantry_queue.idempotency_keys as k (tenant_id, user_id, key, fingerprint, receipt_id, answer)
values ($1, $2, $3, $4, $5, '{"deduplicated": true}')
on conflict (tenant_id, user_id, key) do nothing returning key`;

/** @returns the new receipt, or the first of the same bytes, or what another request with this key has become */
export async function insertReceiptOnce(
  db: Db,
  receipt: NewReceipt,
  upload: CallKeyOf & { readonly fingerprint: string },
): Promise<KeptUpload & { readonly isNew: boolean }> {
  for (let tries = 1; ; tries++) {
    let refused: unknown;
    try {
      const { key, fingerprint } = upload;
      const added = await insertNewReceipt(db, INSERT_WITH_KEY, receipt, [key, fingerprint]);
      const isKept = !added.isDuplicate || (await keepDuplicate(db, upload, added.receiptId));
      if (isKept) return { ...added, fingerprint, isDeleted: false, isNew: true };
      refused = new Error('another request has kept this key');
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      refused = error;
    }
    const kept = await findUpload(db, upload);
    if (kept) return { ...kept, isNew: false };
    // Past its time, or taken away meanwhile. A rule of the adopted table itself would come again.
    if (tries >= 3) throw refused;
    await db.query(`delete from pantry_queue.idempotency_keys where ${OF_KEY} and not ${KEPT}`, [
      upload.tenant,
      upload.userId,
      upload.key,
    ]);
  }
}

async function keepDuplicate(
  db: Db,
  { tenant, userId, key, fingerprint }: CallKeyOf & { readonly fingerprint: string },
  receiptId: number,
): Promise<boolean> {
  return (await db.query(KEEP_DUPLICATE, [tenant, userId, key, fingerprint, receiptId])).length > 0;
}
