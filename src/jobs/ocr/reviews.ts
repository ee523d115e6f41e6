import { REVIEWS } from '../../contract/review.ts';
import type { ReasonCode, ReviewReason } from '../../contract/review-reasons.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';
import type { Db } from '../../ledger/db.ts';
import { type Key, keyset } from '../../ledger/keyset.ts';

export type OpenReviewRow = {
  receipt_id: number;
  user_id: number;
  generation: number | null;
  since: Date;
  age_s: number;
  reasons: ReviewReason[];
  merchant_name: string | null;
  purchase_date: string | null;
  total_amount: string | null;
  currency: string | null;
  version: number;
};

const OLDEST_FIRST = keyset('asc', [
  { sql: 's.review_since', type: 'timestamptz' },
  { sql: 's.receipt_id', type: 'bigint' },
]);

/** Walks an index until the page is full: with a reason, at most so many reviews are looked at for it. */
const sqlFor = (of: { user: boolean; reason: boolean }, after: Key | undefined) => `
with looked as materialized (
  select * from (
    select s.*, ${of.reason ? "s.review_reasons @> jsonb_build_array(jsonb_build_object('code', $4::text))" : '$4::text is null'} as fits,
      row_number() over () as nth
    from (
      select s.receipt_id, s.review_since, s.review_reasons, s.result_generation, s.version from pantry_queue.receipt_state s
      where s.tenant_id = $1 and s.review = 'open' ${of.user ? 'and s.review_user = $2::bigint' : ''}
        and ${OLDEST_FIRST.after(after, 6)} ${OLDEST_FIRST.orderBy} limit $5
    ) s
  ) w where w.fits or w.nth = $5 limit $3
), stop as (
  select review_since, receipt_id, nth = $5 or (select count(*) from looked) = $3 as more
  from looked order by review_since desc, receipt_id desc limit 1
), found as (
  select s.receipt_id, r.user_id, s.result_generation as generation, s.review_since as since,
    greatest(0, extract(epoch from now() - s.review_since))::int as age_s, s.review_reasons as reasons,
    r.merchant_name::text, to_char(pantry_queue.said_day(r.purchase_date::date), 'YYYY-MM-DD') as purchase_date,
    pantry_queue.said_amount(r.total_amount::numeric)::text as total_amount,
    r.currency::text, s.version
  from looked s join public.receipts r on r.id = s.receipt_id
  where s.fits and pantry_queue.is_user(r.user_id) and ($2::bigint is null or r.user_id = $2)
  ${OLDEST_FIRST.orderBy}
)
select f.*, stop.review_since as stop_since, stop.receipt_id as stop_id, stop.more
from stop left join found f on true order by f.since, f.receipt_id`;

/**
 * Receipts that wait for a person, the oldest first.
 * @param userId undefined = of everybody in the tenant
 */
export async function listOpenReviews(
  db: Db,
  {
    tenant,
    userId,
    reason,
    after,
    limit,
  }: {
    tenant: string;
    userId: number | undefined;
    reason: ReasonCode | undefined;
    after: Key | undefined;
    limit: number;
  },
): Promise<{ rows: OpenReviewRow[]; searchedTo?: Key }> {
  const sql = sqlFor({ user: userId !== undefined, reason: reason !== undefined }, after);
  const look = reason === undefined ? limit : REVIEWS.looked;
  const told = await db.search.query<OpenReviewRow & { stop_since: Date; stop_id: number; more: boolean }>(sql, [
    tenant,
    userId ?? null,
    limit,
    reason ?? null,
    look,
    ...(after ?? []),
  ]);
  const [first] = told;
  if (!first) return { rows: [] };
  const rows = told
    .filter(({ receipt_id }) => receipt_id !== null)
    .map(({ stop_since: _since, stop_id: _id, more: _more, ...row }) => row);
  return first.more ? { rows, searchedTo: [first.stop_since.toISOString(), first.stop_id] } : { rows };
}

const OLDEST = (ofUser: string) => `select greatest(0, extract(epoch from now() - review_since))::int as s
  from pantry_queue.receipt_state where tenant_id = $1 and review = 'open' ${ofUser} order by review_since, receipt_id limit 1`;

/**
 * The age of the oldest open review, in seconds; null: there is none.
 * @param userId 0 = everybody in the tenant
 */
export async function oldestReview(db: Queryable, tenant: string, userId: number): Promise<number | null> {
  const [row] =
    userId === 0
      ? await db.query<{ s: number }>(OLDEST(''), [tenant])
      : await db.query<{ s: number }>(OLDEST('and review_user = $2'), [tenant, userId]);
  return row?.s ?? null;
}
