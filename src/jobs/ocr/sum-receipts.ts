import { AppError } from '../../contract/errors.ts';
import { MONEY } from '../../contract/money-policy.ts';
import type { SumBy } from '../../contract/operations/summarize-receipts.ts';
import type { ReceiptFilter } from '../../contract/receipt-filter.ts';
import type { Db } from '../../ledger/db.ts';
import type { OwnerOf } from './merchants.ts';
import { hasWord, NEEDS_REVIEW, NO_DAY, receiptConditions } from './receipt-filter.ts';

/** Sums of one currency, of a group or of all; amounts are exact decimals. */
export type SumRow = {
  readonly group: string | null;
  readonly currency: string;
  readonly certain: { readonly receipts: number; readonly total: string };
  readonly doubtful: { readonly receipts: number; readonly total: string };
};

export type Summed = {
  readonly receipts: number;
  readonly without_total: number;
  readonly without_date: number;
  readonly totals: readonly SumRow[];
  readonly groups: readonly SumRow[];
  readonly groups_left_out: number;
};

/** What a row of each kind is: by which value rows belong together, how it is shown, and in which order they come. */
const GROUPS: Readonly<Record<SumBy, { readonly key: string; readonly label: string; readonly order: string }>> = {
  merchant: {
    key: 'p.merchant_key',
    label: `mode() within group (order by nullif(p.merchant, ''))`,
    order: 'amount desc',
  },
  item: {
    key: 'p.item_key',
    label: `mode() within group (order by nullif(p.item_name, ''))`,
    order: 'amount desc',
  },
  month: {
    key: `date_trunc('month', nullif(p.day, '${NO_DAY}'))`,
    label: `to_char(min(nullif(p.day, '${NO_DAY}')), 'YYYY-MM')`,
    order: 'label desc nulls last',
  },
  currency: { key: 'p.currency', label: `nullif(p.currency, '')`, order: 'amount desc' },
};

/** What is summed, as common table expressions: the total of each receipt, or the price of each of its lines. */
const PRICED = {
  receipts: 'priced as materialized (select m.*, m.total_amount as amount from matching m)',
  // Folding costs more than all else here, and many lines have one name. A map, since the planner cannot know how many.
  lines: (word: string | undefined) => `lines as materialized (
  select m.receipt_id, m.needs_review, coalesce(i.item_name::text, '') as item_name,
    coalesce(left(upper(btrim(i.currency::text)), 10), m.currency) as currency,
    pantry_queue.said_amount(i.total_price::numeric) as amount
  from matching m join public.receipt_items i on i.receipt_id = m.receipt_id
  where ${word === undefined ? 'true' : hasWord(word)} limit ${MONEY.summed + 1}
), names as materialized (
  select coalesce(jsonb_object_agg(item_name, pantry_queue.folded(item_name)), '{}') as keys
  from (select distinct item_name from lines) n
), priced as materialized (
  select l.*, (select keys from names) ->> l.item_name as item_key from lines l
)`,
};

const partOf = (doubtful: boolean) => {
  const which = `filter (where ${doubtful ? '' : 'not '}p.needs_review)`;
  return `jsonb_build_object('receipts', count(distinct p.receipt_id) ${which}, 'total', coalesce(sum(p.amount) ${which}, 0)::text)`;
};
const sumsOf = (label: string, groupBy: string) => `
  select ${label} as label, p.currency, sum(p.amount) as amount, ${partOf(false)} as certain, ${partOf(true)} as doubtful
  from priced p where p.amount is not null group by ${groupBy}`;
const listOf = (from: string, order: string) => `(
  select coalesce(jsonb_agg(jsonb_build_object(
    'group', label, 'currency', currency, 'certain', certain, 'doubtful', doubtful) order by nth), '[]')
  from (select *, row_number() over (order by ${order}, currency, label) as nth from ${from}) listed)`;

/**
 * Sums the receipts of a user that fit a filter, in one statement and one snapshot.
 * @param keys of the merchants that are meant; undefined: any
 * @throws AppError search_too_broad where more than `MONEY.summed` receipts or lines fit
 */
export async function sumReceipts(
  db: Db,
  filter: ReceiptFilter,
  owner: OwnerOf,
  keys: readonly string[] | undefined,
  { sumBy, limit }: { readonly sumBy: SumBy; readonly limit: number },
): Promise<Summed> {
  const { owned, but, day = 'true', word, values } = receiptConditions(filter, owner, keys);
  const { key, label, order } = GROUPS[sumBy];
  const given = [...values, limit];
  const [row] = await db.search.query<Summed & { priced: number }>(
    `with matching as materialized (
  select f.*, ${NEEDS_REVIEW} as needs_review
  from pantry_queue.receipt_facts f where ${owned} and ${but} and ${day} limit ${MONEY.summed + 1}
), ${sumBy === 'item' ? PRICED.lines(word) : PRICED.receipts}, groups as materialized (${sumsOf(label, `${key}, p.currency`)}
), shown as (
  select * from groups order by ${order}, currency, label limit $${given.length}
)
select (select count(*) from matching)::int as receipts, (select count(*) from priced)::int as priced,
  (select count(*) from priced where amount is null)::int as without_total,
  (select count(*) from (
    select from pantry_queue.receipt_facts f where ${owned} and ${but} and f.day = '${NO_DAY}' limit ${MONEY.summed + 1}
  ) undated)::int as without_date,
  ${listOf(`(${sumsOf('null::text', 'p.currency')}) totals`, 'amount desc')} as totals,
  ${listOf('shown', order)} as groups,
  ((select count(*) from groups) - (select count(*) from shown))::int as groups_left_out`,
    given,
  );
  if (!row) throw new Error('the sums have no row');
  const { priced, ...summed } = row;
  if (Math.max(summed.receipts, priced) <= MONEY.summed) return summed;
  const what = summed.receipts > MONEY.summed ? 'receipts' : 'lines of receipts';
  const most = MONEY.summed.toLocaleString('en');
  throw new AppError('search_too_broad', `More than ${most} ${what} fit: too many for one sum.`, {
    hint: 'Narrow the filter (from and to, a merchant) and ask again.',
  });
}
