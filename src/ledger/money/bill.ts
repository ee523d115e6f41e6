import { BILL } from '../../contract/bill-policy.ts';
import type { Costs } from '../../contract/cost.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

/** What calls cost together. */
export type Bill = { paid_calls: number; costs: Costs };

/** SQL: amounts by currency as a document, of rows `c (currency, amount)`; calls of unknown cost have no currency. */
const AMOUNTS = `coalesce(json_agg(json_build_object('amount', trim_scale(c.amount)::text, 'currency', c.currency)
    order by c.currency) filter (where c.currency <> ''), '[]')`;

/**
 * SQL: a `Bill` of some calls `p`.
 * @param which a condition that an index answers
 */
export const billOf = (which: string) => `
  select coalesce(sum(c.calls), 0)::int as paid_calls, ${AMOUNTS} as costs
  from (select p.currency, sum(p.cost) as amount, count(*) as calls from pantry_queue.paid_calls p where ${which} group by 1) c`;

/** More models than a tenant uses in a month: an agent that names a new one each time fills no table. */
const MODELS = 50;

/**
 * Calls that are in no sum yet, each owner's and the tenant's. The sums are in order, so that two rounds at once wait for
 * each other and never in a circle.
 */
const FOLD = `
with page as materialized (
  select * from pantry_queue.paid_calls where not counted order by tenant_id, user_id limit $1 for update skip locked
), counted as (
  update pantry_queue.paid_calls p set counted = true from page g where p.job_no = g.job_no and p.attempt = g.attempt
), known as materialized (
  select m.*, array(
    select distinct c.model from pantry_queue.costs c
    where c.tenant_id = m.tenant_id and c.step = 'day' and c.user_id = 0
      and c.at >= m.month and c.at < m.month + interval '31 days') as models
  from (select distinct tenant_id, date_trunc('month', at, 'UTC') as month from page) m
), named as (
  select g.*, case when coalesce(g.model, '') = '' then ''
    when g.model = any (k.models) or cardinality(k.models) + dense_rank() over (
      partition by k.tenant_id, k.month, g.model = any (k.models) order by g.model) <= ${MODELS} then g.model
    else 'other' end as called
  from page g join known k on k.tenant_id = g.tenant_id and k.month = date_trunc('month', g.at, 'UTC')
), sums as (
  select n.tenant_id, o.user_id, s.step, s.at, coalesce(n.currency, '') as currency, n.called as model,
    coalesce(sum(n.cost), 0) as amount, count(*) as calls
  from named n cross join lateral (values (0::bigint), (n.user_id)) o (user_id)
  cross join lateral (values ('quarter', date_bin('15 minutes', n.at, 'epoch')), ('day', date_trunc('day', n.at, 'UTC'))) s (step, at)
  group by 1, 2, 3, 4, 5, 6
), added as (
  insert into pantry_queue.costs as c (tenant_id, user_id, step, at, currency, model, amount, calls)
  select * from sums order by 1, 3, 2, 4, 5, 6
  on conflict (tenant_id, step, user_id, at, currency, model)
    do update set amount = c.amount + excluded.amount, calls = c.calls + excluded.calls
), totaled as (
  insert into pantry_queue.totals as t (kind, code, n, total)
  select 'paid_call', coalesce(g.currency, ''), count(*), coalesce(sum(g.cost), 0) from page g group by 2 order by 2
  on conflict (kind, code) do update set n = t.n + excluded.n, total = t.total + excluded.total
)
select count(*)::int as calls from page`;

/**
 * Adds paid calls to the sums.
 * @param page calls a statement
 */
export async function foldCosts(db: Db, page: number = BILL.page, most: number = BILL.pages): Promise<void> {
  for (let pages = 1; pages <= most; pages++) {
    const [row] = await db.query<{ calls: number }>(FOLD, [page]);
    if (!row || row.calls < page) return;
  }
}

/** Quarters of an hour are kept as long as a budget can look back. */
export async function forgetCosts(db: Db, limit: number): Promise<void> {
  await db.query(
    `delete from pantry_queue.costs where ctid = any (array(
       select ctid from pantry_queue.costs where step = 'quarter' and calls > 0 and at < now() - interval '${BILL.quartersDays} days'
       order by at limit $1 for update skip locked))`,
    [limit],
  );
}

/**
 * SQL: rows `(user_id, at, currency, model, amount, calls)` of one owner, by day or quarter: the sums, and what they do
 * not hold yet.
 * @param of SQL of tenant, user (0: all of the tenant) and span
 */
export const costRows = (step: 'day' | 'quarter', of: { tenant: string; user: string; from: string; to: string }) => `(
    select c.at, c.currency, c.model, c.amount, c.calls from pantry_queue.costs c
    where c.tenant_id = ${of.tenant} and c.step = '${step}' and c.user_id = ${of.user} and c.at >= ${of.from} and c.at < ${of.to}
    union all
    select p.at, coalesce(p.currency, ''), coalesce(p.model, ''), coalesce(p.cost, 0), 1 from pantry_queue.paid_calls p
    where not p.counted and p.tenant_id = ${of.tenant} and (${of.user} = 0 or p.user_id = ${of.user})
      and p.at >= ${of.from} and p.at < ${of.to})`;

export type CostGroup = 'day' | 'month' | 'model' | 'owner';

export type CostRow = {
  /** The day, month, model or user id. */
  key: string;
  calls: number;
  unpriced_calls: number;
  costs: Costs;
};

const KEYS: Readonly<Record<Exclude<CostGroup, 'owner'>, string>> = {
  day: `to_char(r.at at time zone 'UTC', 'YYYY-MM-DD')`,
  month: `to_char(r.at at time zone 'UTC', 'YYYY-MM')`,
  model: 'r.model',
};

const SUMS = `sum(c.calls)::bigint as calls, coalesce(sum(c.calls) filter (where c.currency = ''), 0)::bigint as unpriced_calls,
    ${AMOUNTS} as costs`;
const OF_OWNER = { tenant: '$1', user: '$2', from: '$3::timestamptz', to: '$4::timestamptz' };
const BY_KEY = keyset('asc', [{ sql: 'c.key', type: 'text' }]);

const LIST = (group: keyof typeof KEYS, after: Key | undefined) => `
select c.key, ${SUMS}
from (
  select ${KEYS[group]} as key, r.currency, sum(r.amount) as amount, sum(r.calls) as calls
  from ${costRows('day', OF_OWNER)} r group by 1, 2) c
where ${BY_KEY.after(after, 6)} group by c.key ${BY_KEY.orderBy} limit $5`;

const nextOwner = (after: string) => `least(
    (select c.user_id from pantry_queue.costs c where c.tenant_id = $1 and c.step = 'day' and c.user_id > ${after}
     order by c.user_id limit 1),
    (select p.user_id from pantry_queue.paid_calls p where not p.counted and p.tenant_id = $1 and p.user_id > ${after}
     order by p.user_id limit 1))`;

/** Owners one by one along the index, also those who paid nothing in that time: they end no list. */
const LIST_OWNERS = `
with recursive owners as (
  select case when $2::bigint = 0 then ${nextOwner('$6::bigint')} else nullif($2::bigint, $6::bigint) end as user_id, 1 as nth
  union all
  select ${nextOwner('o.user_id')}, o.nth + 1 from owners o where $2::bigint = 0 and o.user_id is not null and o.nth < $5
)
select o.user_id::text as key, ${SUMS}
from owners o left join lateral (
  select r.currency, sum(r.amount) as amount, sum(r.calls) as calls
  from ${costRows('day', { ...OF_OWNER, user: 'o.user_id' })} r group by 1) c on true
where o.user_id is not null group by o.user_id order by o.user_id`;

/**
 * A page of sums, in the order of their keys. Of owners some may have no calls in that time (`calls` is null).
 * @param of `userId` undefined = of everybody in the tenant
 */
export function listCosts(
  db: Db,
  group: CostGroup,
  of: { tenant: string; userId: number | undefined; from: Date; to: Date },
  { after, limit }: { after: Key | undefined; limit: number },
): Promise<(Omit<CostRow, 'calls'> & { calls: number | null })[]> {
  const values = [of.tenant, of.userId ?? 0, of.from, of.to, limit];
  return group === 'owner'
    ? db.search.query(LIST_OWNERS, [...values, after?.[0] ?? 0])
    : db.search.query(LIST(group, after), [...values, ...(after ?? [])]);
}
