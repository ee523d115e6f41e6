import type { CoreCheck } from './checks.ts';

/** A reply that was taken over from the generation before was paid there, and has no event of its own. */
const PAID_MISSING = `
select pantry_queue.job_id_of(j.kind, j.subject, j.generation) as id
from pantry_queue.events e join pantry_queue.jobs j using (job_no)
where e.kind = 'reply_stored' and not exists (
  select from pantry_queue.paid_calls p where p.job_no = e.job_no and p.attempt = e.attempt)
group by j.job_no order by j.job_no`;

/** Each owner's days and the tenant's (user 0), by currency; a sum may call a model by another name. */
const COST_COUNT = `
with kept as (
  select tenant_id, user_id, at, currency, sum(amount) as amount, sum(calls) as calls
  from pantry_queue.costs where step = 'day' group by 1, 2, 3, 4
), counted as (
  select p.tenant_id, o.user_id, date_trunc('day', p.at, 'UTC') as at, coalesce(p.currency, '') as currency,
    coalesce(sum(p.cost), 0) as amount, count(*) as calls
  from pantry_queue.paid_calls p cross join lateral (values (0::bigint), (p.user_id)) o (user_id)
  where p.counted group by 1, 2, 3, 4
), quarters as (
  select tenant_id, user_id, date_trunc('day', at, 'UTC') as at, currency, sum(amount) as amount, sum(calls) as calls
  from pantry_queue.costs where step = 'quarter' group by 1, 2, 3, 4
)
select case user_id when 0 then 'tenant ' || tenant_id else 'user ' || user_id end || ' on ' || (at at time zone 'UTC')::date
    || ' ' || currency || ': ' || coalesce(k.amount, 0) || ' instead of ' || coalesce(c.amount, 0) as id
from kept k full join counted c using (tenant_id, user_id, at, currency) left join quarters q using (tenant_id, user_id, at, currency)
where (k.amount, k.calls) is distinct from (c.amount, c.calls)
  -- Days whose quarters are all kept still.
  or at > now() - interval '39 days' and (k.amount, k.calls) is distinct from (q.amount, q.calls)
order by 1`;

const NAME = `case when b.user_id is null then 'tenant ' || b.tenant_id else 'user ' || b.user_id end || ' ' || b.currency || ' a ' || b.period`;

const BUDGET_SPENT = `
select ${NAME} as id
from pantry_queue.budgets b
where b.spent <> coalesce((
  select sum(p.cost) from pantry_queue.paid_calls p
  where p.tenant_id = b.tenant_id and (b.user_id is null or p.user_id = b.user_id) and p.currency = b.currency
    and p.at >= b.begins_at and p.at < b.ends_at), 0)
order by 1`;

const BUDGET_CAP = `
select coalesce(case when b.user_id is null then 'tenant ' || b.tenant_id else 'user ' || b.user_id end,
  case when c.user_id is null then 'tenant ' || c.tenant_id else 'user ' || c.user_id end) as id
from (select tenant_id, coalesce(user_id, 0) as of, max(user_id) as user_id from pantry_queue.budgets where exhausted group by 1, 2) b
full join (
  select tenant_id, coalesce(user_id, 0) as of, user_id from pantry_queue.caps where reason = 'budget_exhausted' and in_flight = 0) c
  on c.tenant_id = b.tenant_id and c.of = b.of
where b.tenant_id is null or c.tenant_id is null
order by 1`;

/** Checks of what calls cost, by name. */
export const BILL_CHECKS = {
  paid_missing: PAID_MISSING,
  cost_count: COST_COUNT,
  budget_spent: BUDGET_SPENT,
  budget_cap: BUDGET_CAP,
} as const satisfies Partial<Readonly<Record<CoreCheck, string>>>;
