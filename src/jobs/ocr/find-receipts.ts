import { MONEY } from '../../contract/money-policy.ts';
import { LIMITS } from '../../contract/policies.ts';
import type { ReceiptFilter } from '../../contract/receipt-filter.ts';
import type { ReviewReason } from '../../contract/review-reasons.ts';
import type { Db } from '../../ledger/db.ts';
import { type Key, keyset } from '../../ledger/keyset.ts';
import type { OwnerOf } from './merchants.ts';
import { receiptConditions } from './receipt-filter.ts';
import { CREATED_AT } from './receipts.ts';

export type FoundReceiptRow = {
  id: number;
  user_id: number;
  merchant: string;
  /** `-infinity` where no day is known. */
  day: string;
  total_amount: string | null;
  currency: string;
  needs_review: boolean;
  review_reasons: ReviewReason[];
  ocr_status: string;
  created_at: Date;
};

const ORDER = keyset('desc', [
  { sql: 'f.day', type: 'date' },
  { sql: 'f.receipt_id', type: 'bigint' },
]);

export const placeOf = ({ day, id }: FoundReceiptRow): Key => [day, id];

/**
 * The receipts of a user that fit a filter, the latest day first: a page of those behind a place. They are walked along
 * an index, and at most `LIMITS.searchedRows` are looked at, so a page costs the same however many there are.
 * @param keys of the merchants that are meant; undefined: any
 * @throws AppError search_too_broad
 */
export async function findReceipts(
  db: Db,
  filter: ReceiptFilter,
  owner: OwnerOf,
  keys: readonly string[] | undefined,
  { after, limit }: { readonly after: Key | undefined; readonly limit: number },
): Promise<{ rows: FoundReceiptRow[]; searchedTo?: Key }> {
  const { owned, but, day = 'true', values } = receiptConditions(filter, owner, keys);
  const place = ORDER.after(after, values.length + 1);
  const given = [...values, ...(after ?? []), limit];
  const found = await db.search.query<FoundReceiptRow & { fits: boolean; stops: boolean }>(
    `with walked as materialized (
  select * from (
    select f.*, ${but} as fits, row_number() over () as nth
    from (
      select * from pantry_queue.receipt_facts f where ${owned} and ${day} and ${place}
      ${ORDER.orderBy} limit ${LIMITS.searchedRows}
    ) f
  ) w where w.fits or w.nth = ${LIMITS.searchedRows} limit $${given.length}
)
select f.receipt_id as id, f.user_id, f.merchant, f.day::text as day, f.total_amount::text, f.currency, s.needs_review,
  s.review_reasons, f.fits, f.nth = ${LIMITS.searchedRows} as stops, coalesce(r.ocr_status::text, 'pending') as ocr_status,
  ${CREATED_AT} as created_at
from walked f
join pantry_queue.receipt_state s on s.receipt_id = f.receipt_id
join public.receipts r on r.id = f.receipt_id
${ORDER.orderBy}`,
    given,
  );
  const rows = found.filter(({ fits }) => fits).slice(0, limit);
  const stop = found.find(({ stops }) => stops);
  return stop === undefined || rows.length === limit ? { rows } : { rows, searchedTo: placeOf(stop) };
}

export type FoundItemRow = {
  receipt_id: number;
  item_name: string;
  quantity: string | null;
  unit_price: string | null;
  total_price: string | null;
  currency: string | null;
};

/** The lines of these receipts, as many of each as one receipt shows. */
export function itemsOf(db: Db, receiptIds: readonly number[]): Promise<FoundItemRow[]> {
  return db.query<FoundItemRow>(
    `select g.id::bigint as receipt_id, coalesce(i.item_name::text, '') as item_name,
       pantry_queue.said_amount(i.quantity::numeric)::text as quantity,
       pantry_queue.said_amount(i.unit_price::numeric)::text as unit_price,
       pantry_queue.said_amount(i.total_price::numeric)::text as total_price, i.currency::text
     from unnest($1::bigint[]) g (id) cross join lateral (
       select * from public.receipt_items i where i.receipt_id = g.id order by i.id limit ${MONEY.shownItems}
     ) i order by i.receipt_id, i.id`,
    [receiptIds],
  );
}
