import { type Db, isUniqueViolation } from '../../ledger/db.ts';
import { type CallKeyOf, EXPIRED, KEPT, OF_KEY } from '../../ledger/idempotency-keys.ts';
import { INSERT_RECEIPT, insertNewReceipt, type NewReceipt, receiptValues } from './receipts.ts';

/** A request that was accepted under a key. */
export interface KeptUpload {
  readonly receiptId: number;
  readonly fingerprint: string;
  /** The receipt was deleted; another may have its id now. */
  readonly isDeleted: boolean;
}

/** @returns undefined when the key is new, or too old to count */
export async function findUpload(db: Db, { tenant, userId, key }: CallKeyOf): Promise<KeptUpload | undefined> {
  const [row] = await db.query<{ receipt_id: number; fingerprint: string; deleted: boolean }>(
    `select receipt_id, fingerprint, fingerprint = '' or exists (
       select from public.receipts r where r.id = k.receipt_id and (r.user_id <> k.user_id
         or extract(epoch from r.created_at) > extract(epoch from k.created_at) + 1)) as deleted
     from pantry_queue.idempotency_keys k where ${OF_KEY} and ${KEPT}`,
    [tenant, userId, key],
  );
  return row && { receiptId: row.receipt_id, fingerprint: row.fingerprint, isDeleted: row.deleted };
}

/** Receipt and key are one commit, and each takes a few keys away that are past their time. */
const INSERT_WITH_KEY = `
with ${INSERT_RECEIPT}, ${EXPIRED}, kept as (
  insert into pantry_queue.idempotency_keys (tenant_id, user_id, key, fingerprint, receipt_id)
  select $4, $1, $7, $8, id from r
)
select id from r`;

/** @returns the new receipt, or what another request with this key has become */
export async function insertReceiptOnce(
  db: Db,
  receipt: NewReceipt,
  upload: CallKeyOf & { readonly fingerprint: string },
): Promise<KeptUpload & { readonly isNew: boolean }> {
  for (let tries = 1; ; tries++) {
    try {
      const values = [...receiptValues(receipt), upload.key, upload.fingerprint];
      const receiptId = await insertNewReceipt(db, INSERT_WITH_KEY, receipt.userId, values);
      return { receiptId, fingerprint: upload.fingerprint, isDeleted: false, isNew: true };
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const kept = await findUpload(db, upload);
      if (kept) return { ...kept, isNew: false };
      // Past its time, or taken away meanwhile. A rule of the adopted table itself would come again.
      if (tries >= 3) throw error;
      await db.query(`delete from pantry_queue.idempotency_keys where ${OF_KEY} and not ${KEPT}`, [
        upload.tenant,
        upload.userId,
        upload.key,
      ]);
    }
  }
}
