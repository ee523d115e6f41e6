import { MAX_ID } from '../../contract/job.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';

const PENDING_OF_USER = `select r.id from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id
  where r.user_id = $2::bigint and r.ocr_status = 'pending' and s.tenant_id = $1`;

/** Those without an image stay pending for ever: counted with the others, they would be all that is ever looked at. */
const PENDING = `
with usable as materialized (
  ${PENDING_OF_USER} and r.id between 1 and ${MAX_ID} and r.image_path <> '' order by r.id limit $3
), without_image as (
  ${PENDING_OF_USER} and r.id between 1 and
    (select case when count(*) < $3 then ${MAX_ID} else max(id) end from usable)
    and coalesce(r.image_path, '') = '' order by r.id limit $4
)
select id, true as usable from usable union all select id, false from without_image order by id`;

/** Receipts that are still pending, oldest first. */
export interface Pending {
  readonly ids: number[];
  /** There are others, which come after these. */
  readonly more: boolean;
}

/**
 * The receipts of a user that are still pending.
 * @param limits at most so many that have an image, and so many without one beside them
 */
export async function pendingReceipts(
  db: Queryable,
  tenant: string,
  userId: number,
  limits: { readonly usable: number; readonly withoutImage: number },
): Promise<Pending> {
  const rows = await db.query<{ id: number; usable: boolean }>(PENDING, [
    tenant,
    userId,
    limits.usable + 1,
    limits.withoutImage,
  ]);
  const beyond = rows.filter(({ usable }) => usable)[limits.usable];
  return {
    ids: rows.filter(({ id }) => beyond === undefined || id < beyond.id).map(({ id }) => id),
    more: beyond !== undefined,
  };
}
