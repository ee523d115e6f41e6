import type { Db } from '../../../src/ledger/db.ts';
import { budgetsAgainst, judgeAll, recentPrice } from '../../../src/ledger/enqueue/estimate.ts';
import { foldCosts, forgetCosts, listCosts } from '../../../src/ledger/money/bill.ts';
import { listBudgets, removeBudget, renewBudgets, setBudget } from '../../../src/ledger/money/budgets.ts';

type Call = (db: Db, subject: number) => Promise<unknown>;

const TENANT = { tenant: 'default', userId: undefined } as const;
const DAY_MS = 86_400_000;
const lately = () => ({ from: new Date(Date.now() - 30 * DAY_MS), to: new Date(Date.now() + DAY_MS) });
const page = { after: undefined, limit: 11 };
const DAILY = { tenant: 'default', userId: 3, currency: 'USD', period: 'day' } as const;

/** What requests read of the bill. */
export const BILL_REQUESTS: Readonly<Record<string, Call>> = {
  'costs by month': (db) => listCosts(db, 'month', { ...TENANT, ...lately() }, page),
  'costs of one owner by model': (db) => listCosts(db, 'model', { ...TENANT, userId: 3, ...lately() }, page),
  'costs of all owners, page by page': (db) => listCosts(db, 'owner', { ...TENANT, ...lately() }, page),
  'budgets, page by page': (db) => listBudgets(db, { ...TENANT, ...page }),
  'budgets of one user': (db) => listBudgets(db, { ...TENANT, userId: 3, ...page }),
  'a budget that is set': (db) => setBudget(db, DAILY, { amount: '5', timeZone: 'UTC', by: 'a test' }),
  'a budget that is removed': (db) => removeBudget(db, DAILY),
  'what calls cost lately': (db) => recentPrice(db, 'default'),
  'budgets that calls fall under': (db) =>
    budgetsAgainst(db, 'default', [{ owner: 3, calls: 5 }], { per_call: '0.01', currency: 'USD' }),
  'what a batch would make': (db, subject) =>
    judgeAll(db, 'ocr', [{ subject, asked: undefined }], { ...TENANT, mode: 'once' }),
};

/** What rounds do with it. */
export const BILL_ROUNDS: Readonly<Record<string, Call>> = {
  'calls that are in no sum yet': (db) => foldCosts(db, 5, 1),
  'sums past their time': (db) => forgetCosts(db, 5),
  'budgets whose period is over': (db) => renewBudgets(db, 5),
  'a call that is paid': (db, subject) =>
    db.query(
      `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, cost, currency)
       values ($1, 1 + (random() * 1e9)::int, 'default', 4, 0.01, 'USD')`,
      [subject],
    ),
};

/** A paid call of each job, few of them in no sum yet; sums of as many owners as a tenth of the jobs, and their budgets. */
export async function addBill(db: Db, jobs: number): Promise<void> {
  await db.query('alter table pantry_queue.paid_calls disable trigger spend');
  await db.query(
    `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, cost, currency, counted)
     select n, 1, 'default', 1 + n % 100, 0.01, 'USD', n > 20 from generate_series(1, $1) n`,
    [jobs],
  );
  await db.query('alter table pantry_queue.paid_calls enable trigger spend');
  // Of the tenant as many sums as days and quarters go by; of owners as many as there are.
  await db.query(
    `insert into pantry_queue.costs (tenant_id, user_id, step, at, currency, model, amount, calls)
     select 'default', o.n, s.step, date_bin('1 day', now(), 'epoch') - make_interval(days => day), 'USD', '', 1, 100
     from (select 0 union all select generate_series(1, $1 / 10)) o (n), (values ('day'), ('quarter')) s (step),
       generate_series(0, 2) day`,
    [jobs],
  );
  await db.query(
    `insert into pantry_queue.budgets (tenant_id, user_id, currency, period, time_zone, amount, spent, set_by, begins_at, ends_at)
     select 'default', n, 'USD', 'day', 'UTC', 1, n % 10 / 9, 'a test', now() - interval '2 days', now() - interval '1 day'
     from generate_series(1, $1 / 10) n`,
    [jobs],
  );
}
