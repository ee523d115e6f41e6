import { AppError } from '../../contract/errors.ts';
import { serverErrorOf } from '../../ledger/connection/sqlstates.ts';
import type { Db } from '../../ledger/db.ts';

export interface NewReceipt {
  readonly tenant: string;
  readonly userId: number;
  readonly imagePath: string;
  /** `YYYY-MM-DD`; undefined when the uploader said none. */
  readonly purchaseDate: string | undefined;
  readonly sha256: string;
  readonly bytes: number;
  /** It is added even though its user has a receipt of the same bytes. */
  readonly allowDuplicate: boolean;
}

/** Parts of a statement; its parameters are `receiptValues`. */
export const INSERT_RECEIPT = `r as (
  insert into public.receipts (user_id, image_path, purchase_date, status, ocr_status, created_at, updated_at)
  values ($1, $2, $3::date, 'uploaded', 'pending', now(), now()) returning id
), s as (
  insert into pantry_queue.receipt_state (receipt_id, tenant_id, image_sha256, image_bytes, set_by, first_for, distinct_from)
  select id, $4, $5, $6, case when $3::date is null then '{}' else '{"purchase_date": {"by": "uploader"}}' end::jsonb,
    case when $7::bigint is null then $1::bigint end, array_remove(array[$7::bigint], null)
  from r
  -- The row that comes with every receipt may be there already.
  on conflict (receipt_id) do update set tenant_id = excluded.tenant_id, image_sha256 = excluded.image_sha256,
    image_bytes = excluded.image_bytes, set_by = excluded.set_by, first_for = excluded.first_for,
    distinct_from = excluded.distinct_from
), named as (
  delete from pantry_queue.image_removals where tenant_id = $4 and image_path = $2
)`;

/** An upload has become a receipt, or failed and told its caller, long before. */
const ANNOUNCED_FOR = '1 hour';

const ANNOUNCE = `
insert into pantry_queue.image_removals as i (tenant_id, image_path, next_try_at)
values ($1, $2, now() + interval '${ANNOUNCED_FOR}')
on conflict (tenant_id, image_path) do update set next_try_at = greatest(i.next_try_at, excluded.next_try_at)`;

/**
 * Before an image is stored: where its upload is cut before there is a receipt, it is removed later.
 * @throws AppError ledger_unavailable: nothing was stored then
 */
export async function announceImage(db: Db, tenant: string, imagePath: string): Promise<void> {
  await db.query(ANNOUNCE, [tenant, imagePath]);
}

/** The image is that of a receipt which was there before. */
const KEEP_IMAGE = 'delete from pantry_queue.image_removals where tenant_id = $1 and image_path = $2';

/** @param first the first receipt of its user with these bytes; null: this one is */
const valuesOf = (receipt: NewReceipt, first: number | null): readonly unknown[] => [
  receipt.userId,
  receipt.imagePath,
  receipt.purchaseDate ?? null,
  receipt.tenant,
  receipt.sha256,
  receipt.bytes,
  first,
];

/** The first receipt of a user with these bytes, as long as it is that user's and has that image. */
const FIRST = `
select r.id from pantry_queue.receipt_state s join public.receipts r on r.id = s.receipt_id
where s.tenant_id = $1 and s.first_for = $2::bigint and s.image_sha256 = $3 and r.user_id = s.first_for and r.image_path = $4`;

/** One that another program has given to somebody else, or to which it has given another image. */
const NOT_FIRST_ANY_MORE = `
update pantry_queue.receipt_state s set first_for = null
from public.receipts r
where s.tenant_id = $1 and s.first_for = $2::bigint and s.image_sha256 = $3 and r.id = s.receipt_id
  and (r.user_id, r.image_path::text) is distinct from ($2::bigint, $4)`;

/** What an upload has become. */
export interface Inserted {
  readonly receiptId: number;
  /** It was there already. */
  readonly isDuplicate: boolean;
}

/** Each is answered by another upload, a deletion or another program's change that came in between. */
const MAX_LOOKS = 5;

/**
 * Runs an insert of a new receipt whose image was stored before.
 * @param sql a statement with `INSERT_RECEIPT`, which gives its `id`
 * @param more values of its further parameters
 * @returns it; or the first receipt of its user with the same bytes, which is not touched
 * @throws AppError invalid_argument when the column of the user is too narrow: the only number that a caller chooses;
 *   ledger_refused when the table takes no row
 */
export async function insertNewReceipt(
  db: Db,
  sql: string,
  receipt: NewReceipt,
  more: readonly unknown[] = [],
): Promise<Inserted> {
  const { tenant, userId, sha256, imagePath, allowDuplicate } = receipt;
  const ofImage = [tenant, userId, sha256, imagePath];
  let known: number | null = null;
  for (let looks = 1; ; looks++) {
    try {
      const [row] = await db.query<{ id: number }>(sql, [...valuesOf(receipt, known), ...more]);
      if (!row) throw new AppError('ledger_refused', 'A trigger or rule of the receipts’ table leaves new rows out.');
      return { receiptId: row.id, isDuplicate: false };
    } catch (error) {
      if (serverErrorOf(error)?.constraint !== 'receipt_state_first' || looks >= MAX_LOOKS)
        throw refusalOf(error, userId);
    }
    const [first] = await db.query<{ id: number }>(FIRST, ofImage);
    if (first && !allowDuplicate) {
      await db.query(KEEP_IMAGE, [tenant, imagePath]);
      return { receiptId: first.id, isDuplicate: true };
    }
    if (first) known = first.id;
    else await db.query(NOT_FIRST_ANY_MORE, ofImage);
  }
}

/** As `insertNewReceipt`, and nothing besides. */
export function insertReceipt(db: Db, receipt: NewReceipt): Promise<Inserted> {
  return insertNewReceipt(db, `with ${INSERT_RECEIPT} select id from r`, receipt);
}

function refusalOf(error: unknown, userId: number): unknown {
  if (serverErrorOf(error)?.code !== '22003') return error;
  const message = `user_id ${userId} is larger than this database has room for.`;
  return new AppError('invalid_argument', message, {
    cause: error,
    fields: [{ pointer: '/user_id', code: 'invalid_argument', message }],
  });
}
