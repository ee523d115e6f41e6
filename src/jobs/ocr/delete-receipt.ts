import { AppError } from '../../contract/errors.ts';
import { ocrOf } from '../../contract/job.ts';
import { serverErrorOf } from '../../ledger/connection/sqlstates.ts';
import type { Db } from '../../ledger/db.ts';
import { clearSubject } from '../../ledger/tombstones.ts';

/** Its row of receipt_state first, as an edit and a save take them: two that meet wait for each other. */
const DELETE = `
with state as materialized (
  select s.receipt_id from pantry_queue.receipt_state s join public.receipts r on r.id = s.receipt_id
  where s.receipt_id = $1::bigint and s.tenant_id = $2 and pantry_queue.is_user(r.user_id) and ($3::bigint is null or r.user_id = $3)
  for update of s
), deleted as (
  delete from public.receipts r using state s where r.id = s.receipt_id
  returning r.id, r.image_path::text as image_path
), items as (
  -- Where an adopted table has no cascade.
  delete from public.receipt_items i using deleted d where i.receipt_id = d.id
  returning i.receipt_id
), buried as (
  insert into pantry_queue.tombstones (kind, subject, tenant_id, job_no)
  select 'ocr', d.id, $2, coalesce((select max(job_no) from pantry_queue.jobs), 0) from deleted d
), unnamed as (
  insert into pantry_queue.image_removals (tenant_id, image_path) select $2, d.image_path from deleted d
  where d.image_path <> '' on conflict (tenant_id, image_path) do update set next_try_at = now()
)
select d.image_path, d.id is not null as deleted,
  (select count(*) from items) = (select count(*) from public.receipt_items i where i.receipt_id = d.id) as emptied
from state left join deleted d on true`;

type Deleted = { image_path: string | null; deleted: boolean; emptied: boolean };

/** A key without an action, one that restricts, and one whose action the other table's own rules refuse. */
const IS_REFERRED_TO = /^23(503|001|502|514)$/;

/**
 * Deletes a receipt, ends its live job and removes what was read, in one transaction.
 * @param userId undefined = of anybody in the tenant
 * @returns its image; undefined when there is no such receipt
 * @throws AppError receipt_in_use when rows of other tables refer to it, or a trigger keeps it
 */
export async function deleteReceipt(
  db: Db,
  tenant: string,
  receiptId: number,
  userId: number | undefined,
): Promise<{ imagePath: string | null } | undefined> {
  try {
    return await db.transaction(async (tx) => {
      const [row] = await tx.query<Deleted>(DELETE, [receiptId, tenant, userId ?? null]);
      if (!row) return undefined;
      if (!row.deleted) {
        throw new AppError(
          'receipt_in_use',
          `A trigger or rule of the receipts’ table does not let receipt ${receiptId} go.`,
        );
      }
      if (!row.emptied) {
        throw new AppError(
          'receipt_in_use',
          `A trigger or rule of the items’ table does not let the items of receipt ${receiptId} go.`,
        );
      }
      await clearSubject({ ...db, query: tx.query }, tx, ocrOf(receiptId));
      return { imagePath: row.image_path };
    });
  } catch (error) {
    const refused = serverErrorOf(error);
    if (!refused || !IS_REFERRED_TO.test(refused.code) || refused.schema === 'pantry_queue') throw error;
    throw new AppError(
      'receipt_in_use',
      `Rows of table ${refused.table ?? 'another table'} refer to receipt ${receiptId}.`,
      {
        cause: error,
      },
    );
  }
}

const UNQUEUED = `select from public.receipts r
where r.id = $1::bigint and not exists (select from pantry_queue.jobs j where j.kind = 'ocr' and j.subject = r.id)`;

/**
 * Removes a receipt whose first job a limit has refused, and its key. Nobody is accepted under that limit meanwhile: where
 * the same upload came again and has become a job, its receipt stays.
 */
export function discardUpload(db: Db, tenant: string, userId: number, receiptId: number): Promise<void> {
  return db.transaction(async (tx) => {
    await tx.query(`select pantry_queue.lock_limits('ocr', array[$1::text], array[$2::bigint])`, [tenant, userId]);
    if ((await tx.query(UNQUEUED, [receiptId])).length === 0) return;
    await tx.query('delete from pantry_queue.idempotency_keys where receipt_id = $1 and user_id = $2', [
      receiptId,
      userId,
    ]);
    await tx.query(DELETE, [receiptId, tenant, userId]);
  });
}

/** Does any receipt name this image? Reads the receipts' table: a deletion is rare, and an index would cost every upload. */
export async function isImageNamed(db: Db, imagePath: string): Promise<boolean> {
  const rows = await db.query('select from public.receipts where image_path = $1 limit 1', [imagePath]);
  return rows.length > 0;
}
