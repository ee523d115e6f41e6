import type { Transaction } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';
import { costRows } from './bill.ts';

/** Whose budget, in which money, for how long: there is one of each. */
export interface BudgetKey {
  readonly tenant: string;
  /** Null: of the whole tenant. */
  readonly userId: number | null;
  readonly currency: string;
  readonly period: 'day' | 'month';
}

export type BudgetRow = {
  budget_no: number;
  user_id: number | null;
  currency: string;
  period: 'day' | 'month';
  time_zone: string;
  amount: string;
  /** In the present period. */
  spent: string;
  left: string;
  over: string;
  begins_at: Date;
  ends_at: Date;
  set_by: string;
  set_at: Date;
};

/** A budget `b` in its present period, `p`: one whose period is over has spent nothing in the next. */
export const BUDGET_COLUMNS = `b.budget_no, b.user_id, b.currency, b.period, b.time_zone, trim_scale(b.amount)::text as amount,
  trim_scale(n.spent)::text as spent, trim_scale(greatest(b.amount - n.spent, 0))::text as left,
  trim_scale(greatest(n.spent - b.amount, 0))::text as over, p.begins_at, p.ends_at, b.set_by, b.set_at`;
export const IN_PRESENT = `cross join lateral pantry_queue.period_of(greatest(clock_timestamp(), b.begins_at), b.period, b.time_zone) p
  cross join lateral (select case when p.begins_at > b.begins_at then 0 else b.spent end as spent) n`;

const LOCK = 'select pg_advisory_xact_lock(pantry_queue.budgets_of($1))';
const HOLD = 'select pantry_queue.hold_by_budgets($1, $2, null, 0)';

/** What was spent in this period before counts too. */
const SET = `
insert into pantry_queue.budgets (tenant_id, user_id, currency, period, time_zone, amount, set_by, begins_at, ends_at, spent)
select $1, nullif($2::bigint, 0), $3, $4, $5, $6::numeric, $7, s.begins_at, s.ends_at, coalesce((
  select sum(r.amount) from ${costRows('quarter', { tenant: '$1', user: '$2::bigint', from: 's.begins_at', to: 's.ends_at' })} r
  where r.currency = $3), 0)
from pantry_queue.period_of(coalesce($8::timestamptz, clock_timestamp()), $4, $5) s
on conflict (tenant_id, of_user, currency, period) do update set time_zone = excluded.time_zone, amount = excluded.amount,
  set_by = excluded.set_by, set_at = now(), begins_at = excluded.begins_at, ends_at = excluded.ends_at, spent = excluded.spent`;

const OF_KEY = `b.tenant_id = $1 and b.of_user = $2::bigint and b.currency = $3 and b.period = $4`;
/** As a value: a policy lets no index answer for an expression in its place. */
const keyOf = ({ tenant, userId, currency, period }: BudgetKey) => [tenant, userId ?? 0, currency, period];

/** Calls of the tenant that are being stored at this moment come before or after, never between. */
function alone<T>(db: Db, tenant: string, work: (tx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query(LOCK, [tenant]);
    return work(tx);
  });
}

/**
 * Makes or changes a budget; its cap comes or goes with it.
 * @param at default: now; what lies before the period that it is in does not count
 */
export function setBudget(
  db: Db,
  key: BudgetKey,
  budget: { amount: string; timeZone: string; by: string; at?: Date },
): Promise<BudgetRow> {
  return alone(db, key.tenant, async (tx) => {
    await tx.query(SET, [...keyOf(key), budget.timeZone, budget.amount, budget.by, budget.at ?? null]);
    await tx.query(HOLD, [key.tenant, key.userId]);
    const [row] = await tx.query<BudgetRow>(
      `select ${BUDGET_COLUMNS} from pantry_queue.budgets b ${IN_PRESENT} where ${OF_KEY}`,
      keyOf(key),
    );
    if (!row) throw new Error('a budget that was set is not there');
    return row;
  });
}

/** @returns whether there was one */
export function removeBudget(db: Db, key: BudgetKey): Promise<boolean> {
  return alone(db, key.tenant, async (tx) => {
    const removed = await tx.query(
      `delete from pantry_queue.budgets b where ${OF_KEY} returning budget_no`,
      keyOf(key),
    );
    await tx.query(HOLD, [key.tenant, key.userId]);
    return removed.length > 0;
  });
}

const IN_ORDER = keyset('asc', [{ sql: 'b.budget_no', type: 'bigint' }]);

/** @param userId those that this user falls under; undefined = all of the tenant */
export function listBudgets(
  db: Db,
  {
    tenant,
    userId,
    after,
    limit,
  }: { tenant: string; userId: number | undefined; after: Key | undefined; limit: number },
): Promise<BudgetRow[]> {
  return db.search.query<BudgetRow>(
    // "offset 0": those of one user are probed, and never looked for in the order of the list.
    `select ${BUDGET_COLUMNS} from (
       select * from pantry_queue.budgets where tenant_id = $1
         and ${userId === undefined ? '$2::bigint is null' : 'of_user = any (array[0, $2::bigint]) offset 0'}) b ${IN_PRESENT}
     where ${IN_ORDER.after(after, 4)} ${IN_ORDER.orderBy} limit $3`,
    [tenant, userId ?? null, limit, ...(after ?? [])],
  );
}

/** A period that has ended takes its cap along; one whose row a call holds at this moment is left to the next round. */
const RENEW = `
with ended as materialized (
  select budget_no from pantry_queue.budgets where exhausted and ends_at <= coalesce($1::timestamptz, clock_timestamp())
  order by budget_no limit $2 for update skip locked
)
update pantry_queue.budgets b set spent = 0, (begins_at, ends_at) = (
  select p.begins_at, p.ends_at
  from pantry_queue.period_of(coalesce($1::timestamptz, clock_timestamp()), b.period, b.time_zone) p)
where b.budget_no = any (array(select budget_no from ended))
returning b.tenant_id, b.user_id`;

/**
 * Begins the next period of budgets that were used up.
 * @param at default: now
 * @returns how many
 */
export function renewBudgets(db: Db, limit: number, at?: Date): Promise<number> {
  return db.transaction(async (tx) => {
    const renewed = await tx.query<{ tenant_id: string; user_id: number | null }>(RENEW, [at ?? null, limit]);
    for (const { tenant_id, user_id } of renewed) await tx.query(HOLD, [tenant_id, user_id]);
    return renewed.length;
  });
}
