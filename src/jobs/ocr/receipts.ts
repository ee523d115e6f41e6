import { MONEY } from '../../contract/money-policy.ts';
import type { ReceiptChange, ReviewState, Setter } from '../../contract/review.ts';
import type { ReviewReason } from '../../contract/review-reasons.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';
import { type Key, keyset } from '../../ledger/keyset.ts';
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

/** SQL: when the receipt `r` was made. */
export const CREATED_AT = `coalesce(pantry_queue.said_time(r.created_at), pantry_queue.said_time(r.updated_at), 'epoch')`;

/** Casts meet an adopted table’s own types, and what may be empty there is filled. Dates leave as text: no zone moves a day. */
const columns = (
  text: string,
) => `r.id, r.user_id, coalesce(r.image_path::text, '') as image_path, to_char(pantry_queue.said_day(r.purchase_date::date), 'YYYY-MM-DD') as purchase_date,
  coalesce(r.status::text, '') as status, coalesce(r.ocr_status::text, 'pending') as ocr_status, r.merchant_name::text, pantry_queue.said_amount(r.total_amount::numeric)::text as total_amount, r.currency::text,
  pantry_queue.said_number(r.extraction_confidence::numeric) as extraction_confidence, r.extraction_errors::text, ${text} as ocr_text,
  pantry_queue.said_time(r.parsed_at) as parsed_at, ${CREATED_AT} as created_at,
  ${DATE_SET_BY} as purchase_date_by, ${SET_BY_PERSON} as set_by_person,
  s.result_generation, s.needs_review, s.review_reasons, s.review, s.review_since, s.review_ended, s.set_by, s.version, s.changes`;
const WITH_TEXT = columns('r.ocr_text::text');
/** A page of receipts with their text would be 50 MB. */
const WITHOUT_TEXT = columns('null::text');
const FROM = `from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id`;

/** @param userId undefined = of anybody in the tenant */
export async function readReceipt(
  db: Queryable,
  tenant: string,
  receiptId: number,
  userId: number | undefined,
): Promise<ReceiptRow | undefined> {
  const [row] = await db.query<ReceiptRow>(
    `select ${WITH_TEXT} ${FROM}
     where r.id = $1::bigint and s.tenant_id = $2 and pantry_queue.is_user(r.user_id)
       and ($3::bigint is null or r.user_id = $3)`,
    [receiptId, tenant, userId ?? null],
  );
  return row;
}

const NEWEST_FIRST = keyset('desc', [{ sql: 'r.id', type: 'bigint' }]);

/** Newest first, without their text. */
export function listReceipts(
  db: Queryable,
  filter: { tenant: string; userId: number; after: Key | undefined; limit: number },
): Promise<ReceiptRow[]> {
  const { tenant, userId, after, limit } = filter;
  return db.query<ReceiptRow>(
    `select ${WITHOUT_TEXT}
     -- Asked for each receipt of the page (offset 0 keeps it apart): joined, the two tables may be read side by side from
     -- their newest rows on, which passes over everybody's receipts since this user's last.
     from public.receipts r cross join lateral (
       select * from pantry_queue.receipt_state s
       where s.receipt_id = r.id and case when s.tenant_id = $2 then true else false end offset 0) s
     where r.user_id = $1::bigint and ${NEWEST_FIRST.after(after, 4)}
     ${NEWEST_FIRST.orderBy} limit $3`,
    [userId, tenant, limit, ...(after ?? [])],
  );
}

export function readItems(db: Queryable, receiptId: number): Promise<ReceiptItemRow[]> {
  return db.query<ReceiptItemRow>(
    `select id, receipt_id, coalesce(item_name::text, '') as item_name, pantry_queue.said_number(quantity::numeric) as quantity,
            pantry_queue.said_amount(unit_price::numeric)::text as unit_price,
            pantry_queue.said_amount(total_price::numeric)::text as total_price, currency::text,
            pantry_queue.said_number(confidence::numeric) as confidence
     from public.receipt_items where receipt_id = $1::bigint order by id limit ${MONEY.shownItems}`,
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
