import { AppError } from '../../contract/errors.ts';
import type { ReceiptChange, ReviewState, Setter } from '../../contract/review.ts';
import type { ReviewReason } from '../../contract/review-reasons.ts';
import type { Db, Queryable } from '../../ledger/db.ts';
import { type Key, keyset } from '../../ledger/keyset.ts';
import { serverErrorOf } from '../../ledger/sqlstates.ts';
import type { NamedImage } from '../job-type.ts';
import { DATE_SET_BY, type ReviewEnd, SET_BY_PERSON, type SetBy } from './stored.ts';

export type ReceiptRow = {
  id: number;
  user_id: number;
  image_path: string;
  purchase_date: string | null;
  purchase_date_by: Setter | null;
  status: string;
  ocr_status: string;
  merchant_name: string | null;
  total_amount: string | null;
  currency: string | null;
  extraction_confidence: number | null;
  extraction_errors: string | null;
  ocr_text: string | null;
  parsed_at: Date | null;
  created_at: Date;
  set_by_person: string[];
  needs_review: boolean;
  result_generation: number | null;
  review: ReviewState | null;
  review_since: Date | null;
  review_ended: ReviewEnd | null;
  set_by: SetBy;
  version: number;
  changes: StoredChange[];
  review_reasons: ReviewReason[];
};

/** As `receipt_state.changes` keeps it. */
export type StoredChange = Omit<ReceiptChange, 'user_id'> & { readonly user: number | null };

export type ReceiptItemRow = {
  id: number;
  receipt_id: number;
  item_name: string;
  quantity: number | null;
  unit_price: string | null;
  total_price: string | null;
  currency: string | null;
  confidence: number | null;
};

/** Casts meet an adopted table’s own types, and what may be empty there is filled. Dates leave as text: no zone moves a day. */
const columns = (
  text: string,
) => `r.id, r.user_id, coalesce(r.image_path::text, '') as image_path, to_char(r.purchase_date, 'YYYY-MM-DD') as purchase_date,
  coalesce(r.status::text, '') as status, coalesce(r.ocr_status::text, 'pending') as ocr_status, r.merchant_name::text, r.total_amount::text, r.currency::text,
  r.extraction_confidence::float8 as extraction_confidence, r.extraction_errors::text, ${text} as ocr_text,
  r.parsed_at::timestamptz, coalesce(r.created_at, r.updated_at, 'epoch')::timestamptz as created_at,
  ${DATE_SET_BY} as purchase_date_by, ${SET_BY_PERSON} as set_by_person,
  s.result_generation, s.needs_review, s.review_reasons, s.review, s.review_since, s.review_ended, s.set_by, s.version, s.changes`;
const WITH_TEXT = columns('r.ocr_text::text');
/** A page of receipts with their text would be 50 MB. */
const WITHOUT_TEXT = columns('null::text');
const FROM = `from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id`;

export interface NewReceipt {
  readonly tenant: string;
  readonly userId: number;
  readonly imagePath: string;
  /** `YYYY-MM-DD`; undefined when the uploader said none. */
  readonly purchaseDate: string | undefined;
  readonly sha256: string;
  readonly bytes: number;
}

/** Two parts of a statement; its parameters are `receiptValues`. */
export const INSERT_RECEIPT = `r as (
  insert into public.receipts (user_id, image_path, purchase_date, status, ocr_status, created_at, updated_at)
  values ($1, $2, $3::date, 'uploaded', 'pending', now(), now()) returning id
), s as (
  insert into pantry_queue.receipt_state (receipt_id, tenant_id, image_sha256, image_bytes, set_by)
  select id, $4, $5, $6, case when $3::date is null then '{}' else '{"purchase_date": {"by": "uploader"}}' end::jsonb
  from r
  -- The row that comes with every receipt may be there already.
  on conflict (receipt_id) do update set tenant_id = excluded.tenant_id, image_sha256 = excluded.image_sha256,
    image_bytes = excluded.image_bytes, set_by = excluded.set_by
)`;

export const receiptValues = (receipt: NewReceipt): readonly unknown[] => [
  receipt.userId,
  receipt.imagePath,
  receipt.purchaseDate ?? null,
  receipt.tenant,
  receipt.sha256,
  receipt.bytes,
];

/**
 * Runs an insert of a new receipt.
 * @returns its id; its image must have been stored before
 * @throws AppError invalid_argument when the column of the user is too narrow: the only number that a caller chooses
 */
export async function insertNewReceipt(
  db: Db,
  sql: string,
  userId: number,
  values: readonly unknown[],
): Promise<number> {
  try {
    const [row] = await db.query<{ id: number }>(sql, values);
    if (!row) throw new Error('the new receipt has no id');
    return row.id;
  } catch (error) {
    if (serverErrorOf(error)?.code !== '22003') throw error;
    const message = `user_id ${userId} is larger than this database has room for.`;
    throw new AppError('invalid_argument', message, {
      cause: error,
      fields: [{ pointer: '/user_id', code: 'invalid_argument', message }],
    });
  }
}

/** @returns the new receipt's id; its image must have been stored before */
export function insertReceipt(db: Db, receipt: NewReceipt): Promise<number> {
  return insertNewReceipt(db, `with ${INSERT_RECEIPT} select id from r`, receipt.userId, receiptValues(receipt));
}

/** @param userId undefined = of anybody in the tenant */
export async function readReceipt(
  db: Db,
  tenant: string,
  receiptId: number,
  userId: number | undefined,
): Promise<ReceiptRow | undefined> {
  const [row] = await db.query<ReceiptRow>(
    `select ${WITH_TEXT} ${FROM}
     where r.id = $1::bigint and s.tenant_id = $2 and ($3::bigint is null or r.user_id = $3)`,
    [receiptId, tenant, userId ?? null],
  );
  return row;
}

const NEWEST_FIRST = keyset('desc', [{ sql: 'r.id', type: 'bigint' }]);

/** Newest first, without their text. */
export function listReceipts(
  db: Db,
  filter: { tenant: string; userId: number; after: Key | undefined; limit: number },
): Promise<ReceiptRow[]> {
  const { tenant, userId, after, limit } = filter;
  return db.query<ReceiptRow>(
    `select ${WITHOUT_TEXT} ${FROM}
     where r.user_id = $1::bigint and ${NEWEST_FIRST.after(after, 4)}
       -- As a case, whose odds the planner takes as even: it takes a plain comparison for so rare that it would read and
       -- sort all of the user's receipts, instead of the page at the end of the index.
       and case when s.tenant_id = $2 then true else false end
     ${NEWEST_FIRST.orderBy} limit $3`,
    [userId, tenant, limit, ...(after ?? [])],
  );
}

export function readItems(db: Queryable, receiptId: number): Promise<ReceiptItemRow[]> {
  return db.query<ReceiptItemRow>(
    `select id, receipt_id, item_name::text, quantity::float8 as quantity, unit_price::text, total_price::text,
            currency::text, confidence::float8 as confidence
     from public.receipt_items where receipt_id = $1::bigint order by id limit 1000`,
    [receiptId],
  );
}

/** Images of receipts, by their ids. */
export async function imagesOf(
  db: Queryable,
  { after, limit, only }: { after: number; limit: number; only: number | undefined },
): Promise<NamedImage[]> {
  return db.query<{ subject: number; path: string }>(
    `select id as subject, image_path::text as path from public.receipts
     where id > $1::bigint and ($3::bigint is null or id = $3) order by id limit $2`,
    [after, limit, only ?? null],
  );
}
