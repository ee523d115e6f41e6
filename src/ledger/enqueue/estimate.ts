import { BILL } from '../../contract/bill-policy.ts';
import type { JobType } from '../../jobs/job-type.ts';
import { hasStoredReplyOf } from '../bulks/bulk-members.ts';
import type { Db } from '../db.ts';
import { BUDGET_COLUMNS, type BudgetRow, IN_PRESENT } from '../money/budgets.ts';
import { ofKind } from '../of-kind.ts';
import type { EnqueueItem, EnqueueOptions, Looked, Verdict } from './enqueue-rule.ts';
import { afterMending, isDecided, mendLooked } from './mend-looked.ts';

type Group<V> = {
  verdict: V;
  /** Null where there is none. */
  owner: number | null;
  n: number;
  /** Of those, how many have a paid reply that a new job would use. */
  stored: number;
  /** Those that would be refused, in order. */
  subjects: number[];
};

/** Receipts of a batch that would fare alike. */
export type Judged = Group<Verdict>;

/** A job that is in the way of another subject would be ended by an enqueue, and make room for a new one. */
const JUDGE = ofKind(
  (type: JobType) => `
with judged as materialized (
  select case d.verdict when 'overtaken' then 'new' else d.verdict end as verdict, d.owner, d.place, ($1::bigint[])[d.place] as subject
  from pantry_queue.judge_${type.kind}($1::bigint[], $2::jsonb[], array_fill($3::text, array[cardinality($1)]),
    array_fill($4::bigint, array[cardinality($1)]), array_fill($5::text, array[cardinality($1)])) d
), told as (
  select d.*, d.verdict = 'new' and exists (
    select from (
      select l.* from pantry_queue.jobs l where l.kind = '${type.kind}' and l.subject = d.subject order by l.generation desc limit 1
    ) j where ${hasStoredReplyOf(type)}) as stored
  from judged d
)
select verdict, owner, count(*)::int as n, count(*) filter (where stored)::int as stored,
  coalesce(json_agg(subject order by place) filter (where verdict not in ('new', 'same')), '[]') as subjects
from told group by 1, 2 order by min(place)`,
);

/**
 * What an enqueue of these subjects would make of them; no job is made or changed.
 * @param items of one kind, no subject twice
 */
export async function judgeAll(
  db: Db,
  kind: string,
  items: readonly EnqueueItem[],
  { tenant, userId, mode }: Pick<EnqueueOptions, 'tenant' | 'userId' | 'mode'>,
): Promise<Judged[]> {
  const type = db.kinds.of(kind);
  const values = [
    items.map(({ subject }) => subject),
    items.map(({ asked }) => asked ?? null),
    tenant,
    userId ?? null,
    mode,
  ];
  const judge = () => db.query<Group<Looked>>(JUDGE(type), values);
  const seen = await judge();
  const judged = decidedOf(seen, 1);
  if (judged.length === seen.length) return judged;
  await mendLooked(
    db,
    type,
    seen.flatMap(({ verdict, subjects }) => subjects.map((subject) => ({ subject, verdict }))),
  );
  return decidedOf(await judge(), 2);
}

const decidedOf = (groups: readonly Group<Looked>[], looks: number): Judged[] =>
  groups.flatMap((group) => {
    const verdict = afterMending(group.verdict, looks);
    return isDecided(verdict) ? [{ ...group, verdict }] : [];
  });

export type RecentPrice = { per_call: string; currency: string; calls: number };

/** The latest sums of the tenant, and the calls that are in none yet, back to as many calls as make an average. */
const RECENT_PRICE = `
with lately as (
  (select c.at, c.currency, c.amount, c.calls from pantry_queue.costs c
   where c.tenant_id = $1 and c.step = 'quarter' and c.user_id = 0 order by c.at desc limit ${BILL.priceSums})
  union all
  (select p.at, p.currency, p.cost, 1 from pantry_queue.paid_calls p
   where not p.counted and p.tenant_id = $1 limit ${BILL.page})
), ordered as (
  select currency, amount, calls, sum(calls) over (order by at desc rows unbounded preceding) - calls as newer
  from lately where currency <> ''
)
select trim_scale(round(sum(amount) / sum(calls), 9))::text as per_call, currency, sum(calls)::int as calls
from ordered where newer < ${BILL.priceCalls} group by currency order by sum(calls) desc, currency limit 1`;

/** What a call of the agent costs this tenant lately, on average; undefined: no cost of any is known. */
export async function recentPrice(db: Db, tenant: string): Promise<RecentPrice | undefined> {
  const [row] = await db.search.query<RecentPrice>(RECENT_PRICE, [tenant]);
  return row;
}

/** Calls of one owner that are still to be paid. */
export interface OwnerCalls {
  readonly owner: number;
  readonly calls: number;
}

export type ExceededBudget = BudgetRow & { exceeded_by: string };

const AGAINST = `
with asked as materialized (select * from unnest($2::bigint[], $3::bigint[]) a (owner, calls))
select ${BUDGET_COLUMNS},
  trim_scale(greatest(x.calls * $5::numeric - greatest(b.amount - n.spent, 0), 0))::text as exceeded_by
from pantry_queue.budgets b ${IN_PRESENT}
left join asked a on a.owner = b.user_id
cross join lateral (select case when b.user_id is null then (select sum(calls) from asked) else a.calls end as calls) x
where b.tenant_id = $1 and b.of_user = any (0::bigint || $2::bigint[]) and b.currency = $4 and x.calls > 0
order by greatest(x.calls * $5::numeric - greatest(b.amount - n.spent, 0), 0) desc, b.budget_no limit ${BILL.estimated}`;

/** The budgets that such calls fall under, those that they exceed most first. */
export function budgetsAgainst(
  db: Db,
  tenant: string,
  calls: readonly OwnerCalls[],
  { per_call, currency }: Pick<RecentPrice, 'per_call' | 'currency'>,
): Promise<ExceededBudget[]> {
  return db.search.query<ExceededBudget>(AGAINST, [
    tenant,
    calls.map(({ owner }) => owner),
    calls.map((each) => each.calls),
    currency,
    per_call,
  ]);
}
