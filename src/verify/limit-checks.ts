import { BREAKER } from '../contract/breaker-policy.ts';
import { BUDGET_EXHAUSTED, OWNER_PAUSED, QUEUE_PAUSED } from '../ledger/caps.ts';
import type { CoreCheck } from './checks.ts';

/** SQL: `time` is so long ago that what stands still since then is stale; `$1` the age in ms. */
const overdue = (time: string) => `${time} < now() - make_interval(secs => $1 / 1000.0)`;
/** SQL: there is no parameter but `$1`, which a check need not read. */
const ALWAYS = '$1::numeric is not null';

/** Open is the cap, how it goes on the row of the breaker: both or neither, and one cap. */
const BREAKER_ROW = `
select 'breaker: ' || coalesce(string_agg(o.reason, ', '), 'next probe at ' || b.next_probe_at) as id
from pantry_queue.breaker b left join pantry_queue.open_breaker o on true
where ${ALWAYS} group by b.next_probe_at
having (b.next_probe_at is null) <> (count(o.cap_no) = 0) or count(o.cap_no) > 1`;

/** A health check is waited for, where one is, and then a job probes without. */
const BREAKER_OVERDUE = `
select 'breaker: ' || o.reason as id from pantry_queue.open_breaker o cross join pantry_queue.breaker b
where o.in_flight = 0 and ${overdue(`b.next_probe_at + interval '${BREAKER.unansweredMs} milliseconds'`)}`;

/** Those that a breaker leaves behind come back in slices, so its end must be some time ago. */
const PARKED_OVERDUE = `
select pantry_queue.job_id_of(j.kind, j.subject, j.generation) as id from pantry_queue.jobs j
where j.phase = 'parked' and ${overdue('j.state_since')} and not exists (select from pantry_queue.open_breaker)
  and not exists (select from pantry_queue.events e where e.kind = 'breaker_closed' and not ${overdue('e.at')})
order by j.job_no`;

/** What each writer of caps writes. */
const CAP_SHAPES: Readonly<Record<string, string>> = {
  limit: 'c.tenant_id is not null and num_nonnulls(c.in_flight, c.queued, c.per_minute) > 0',
  [QUEUE_PAUSED]: 'c.tenant_id is not null and c.user_id is null and c.kind is null and c.in_flight = 0',
  [OWNER_PAUSED]: 'c.tenant_id is not null and c.user_id is not null and c.kind is null and c.in_flight = 0',
  [BUDGET_EXHAUSTED]: 'c.tenant_id is not null and c.kind is null and c.in_flight = 0',
  ...Object.fromEntries(
    ['agent_unreachable', 'agent_rate_limited', 'images_unreachable', 'same_error'].map((reason) => [
      reason,
      'num_nonnulls(c.tenant_id, c.user_id, c.kind) = 0 and c.in_flight is not null',
    ]),
  ),
};

const CAP_SHAPE = `
select coalesce('user ' || c.user_id, 'tenant ' || c.tenant_id, 'all tenants') || ' ' || c.reason as id
from pantry_queue.caps c
where ${ALWAYS} and not coalesce(case c.reason
  ${Object.entries(CAP_SHAPES)
    .map(([reason, shape]) => `when '${reason}' then ${shape}`)
    .join('\n  ')}
  else false end, false)
order by c.cap_no`;

const BUDGET_OVERDUE = `
select coalesce('user ' || b.user_id, 'tenant ' || b.tenant_id) || ' ' || b.currency || ' a ' || b.period as id
from pantry_queue.budgets b where b.exhausted and ${overdue('b.ends_at')}
order by b.budget_no`;

const WAIT_WRONG = `
select distinct pantry_queue.job_id_of(j.kind, j.subject, j.generation) as id
from pantry_queue.dependencies d join pantry_queue.jobs j on j.job_no = d.job_no join pantry_queue.jobs p on p.job_no = d.parent_no
where ${ALWAYS} and j.live and p.live and (d.parent_ended or (j.status, j.phase) is distinct from ('deferred', 'dependency'))
order by 1`;

/** A name that is used again begins with a later time. */
const SCHEDULE_DOUBLED = `
select (e.data ->> 'schedule') || ' at ' || (e.data ->> 'scheduled_for') as id
from pantry_queue.events e
where ${ALWAYS} and e.kind = 'schedule_fired' and e.data ->> 'trigger' = 'time'
group by e.tenant_id, e.data ->> 'schedule', e.data ->> 'scheduled_for' having count(*) > 1
order by 1`;

/** Checks of what holds jobs up and lets them go, by name; `$1` is the age in ms from which something is stale. */
export const LIMIT_CHECKS = {
  breaker_row: BREAKER_ROW,
  breaker_overdue: BREAKER_OVERDUE,
  parked_overdue: PARKED_OVERDUE,
  cap_shape: CAP_SHAPE,
  budget_overdue: BUDGET_OVERDUE,
  wait_wrong: WAIT_WRONG,
  schedule_doubled: SCHEDULE_DOUBLED,
} as const satisfies Partial<Readonly<Record<CoreCheck, string>>>;
