import { PRIORITY_KEYS, type Status } from '../../contract/job.ts';
import { isHeld, PAUSE_COLUMNS, PAUSE_OF_TENANT, type PauseRow } from '../caps.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';

export async function readLedgerId(db: Db): Promise<string> {
  const [row] = await db.query<{ ledger_id: string }>('select ledger_id from pantry_queue.ledger');
  if (!row) throw new Error('the ledger has no id');
  return row.ledger_id;
}

export type QueueCounts = PauseRow & {
  counts: Partial<Record<Status | 'review', number>>;
  errors: { code: string; failed: number }[];
  owners: { user_id: number; queued: number; started: number; deferred: number }[];
  oldest_queued_s: number | null;
  oldest_started_s: number | null;
  oldest_deferred_s: number | null;
  due: number;
  engine: 'ok' | 'down' | 'misconfigured' | null;
  engine_since: Date | null;
  agent: 'ok' | 'down' | null;
  agent_since: Date | null;
  held_since: Date | null;
  held_by: string | null;
  sees_others: boolean | null;
  /** The database accepts no writes now. */
  read_only: boolean;
  now: Date;
};

/** Sums of counters, and ends of indexes: the same price at a thousand jobs and at a million. */
const COUNTS = `
with recursive arrived as materialized (
  -- Once, however many owners are listed.
  select user_id, status, sum(n) as n from pantry_queue.arrivals
  where tenant_id = $1 and ($2::bigint = 0 or user_id = $2) group by 1, 2
), mine as (
  select status, error_code, sum(n)::bigint as n from (
    select status, error_code, n from pantry_queue.counters where tenant_id = $1 and user_id = $2
    union all
    select status, '', n from arrived) kept
  group by 1, 2
), owners (user_id, nth) as (
  -- The first at or behind the one that is asked for: a step in the index, also where that one has none.
  select first.user_id, 1 from (
    select user_id from pantry_queue.jobs
    where status = 'queued' and phase = 'admission' and tenant_id = $1 and user_id >= $2 order by user_id limit 1) first
  where $2 in (0, first.user_id)
  union all
  select next.user_id, o.nth + 1 from owners o cross join lateral (
    select j.user_id from pantry_queue.jobs j
    where j.status = 'queued' and j.phase = 'admission' and j.tenant_id = $1 and j.user_id > o.user_id and $2 = 0
    order by j.user_id limit 1) next
  where o.nth < 20
), kinds (kind, nth) as (
  (select kind, 1 from pantry_queue.jobs
   where status = 'queued' and phase = 'admission' and tenant_id = $1 and user_id = $2 and $2 <> 0 order by kind limit 1)
  union all
  select next.kind, k.nth + 1 from kinds k cross join lateral (
    select j.kind from pantry_queue.jobs j
    where j.status = 'queued' and j.phase = 'admission' and j.tenant_id = $1 and j.user_id = $2 and j.kind > k.kind
    order by j.kind limit 1) next
  where k.nth < 20
), live_owners as (
  select user_id from owners
  union
  select user_id from (
    select distinct user_id from pantry_queue.jobs
    where tenant_id = $1 and ($2 = 0 or user_id = $2)
      and in_engine
    limit 20) flying
  union
  select user_id from (
    select distinct user_id from pantry_queue.jobs
    where tenant_id = $1 and ($2 = 0 or user_id = $2) and phase = 'parked' limit 20) parked
), by_owner as (
  select o.user_id,
    coalesce(sum(c.n) filter (where c.status = 'queued'), 0)::int as queued,
    coalesce(sum(c.n) filter (where c.status = 'started'), 0)::int as started,
    coalesce(sum(c.n) filter (where c.status = 'deferred'), 0)::int as deferred
  from live_owners o left join lateral (
    select status, n from pantry_queue.counters c where c.tenant_id = $1 and c.user_id = o.user_id
    union all
    select status, n from arrived a where a.user_id = o.user_id) c on true
  group by 1 order by 2 desc, 1 limit 20
)
select
  (select coalesce(jsonb_object_agg(status, n), '{}') from (select status, sum(n) as n from mine group by 1) s) as counts,
  (select coalesce(jsonb_agg(jsonb_build_object('code', error_code, 'failed', n) order by n desc), '[]')
   from mine where status = 'failed' and n > 0) as errors,
  (select coalesce(jsonb_agg(to_jsonb(b)), '[]') from by_owner b) as owners,
  case when $2 = 0 then (
    select extract(epoch from now() - created_at)::int from pantry_queue.jobs
    -- generation > 0 says which index is meant: schema/0001_ledger.sql.
    where tenant_id = $1 and status = 'queued' and live and generation > 0 order by give_up_at limit 1
  ) else (
    select extract(epoch from now() - min(created_at))::int from (
      select first.created_at from kinds k cross join unnest($3::int[]) as p (priority) cross join lateral (
        select created_at from pantry_queue.jobs
        where status = 'queued' and phase = 'admission' and tenant_id = $1 and user_id = $2 and kind = k.kind
          and priority = p.priority
        order by job_no limit 1) first
      union all
      select created_at from pantry_queue.jobs
      where in_engine and status = 'queued' and tenant_id = $1 and user_id = $2
    ) oldest
  ) end as oldest_queued_s,
  (select extract(epoch from now() - min(started_at))::int from pantry_queue.jobs
   where in_engine and tenant_id = $1 and status = 'started' and ($2 = 0 or user_id = $2)) as oldest_started_s,
  (select extract(epoch from now() - min(created_at))::int from (
     select created_at, user_id from pantry_queue.jobs where in_engine and tenant_id = $1 and status = 'deferred'
     union all
     select created_at, user_id from pantry_queue.jobs where phase = 'parked' and tenant_id = $1) aside
   where $2 = 0 or user_id = $2) as oldest_deferred_s,
  -- Back-off that has passed reads as queued until the sweep has moved it.
  (select count(*)::int from pantry_queue.jobs j
   where j.in_engine and j.status = 'deferred' and j.next_attempt_at <= now() and j.tenant_id = $1
     and ($2 = 0 or j.user_id = $2)
     and (j.phase = 'backoff' or (j.phase = 'paused' and not ${isHeld('j')}))) as due,
  ${PAUSE_COLUMNS}, q.engine, q.engine_since, q.agent, q.agent_since, q.held_since, q.held_by, q.sees_others,
  current_setting('transaction_read_only') = 'on' as read_only, now() as now
from pantry_queue.queue_state q left join pantry_queue.caps p on ${PAUSE_OF_TENANT}`;

/** @param userId 0 = everybody in the tenant */
export async function readCounts(db: Queryable, tenant: string, userId: number): Promise<QueueCounts> {
  const [row] = await db.query<QueueCounts>(COUNTS, [tenant, userId, Object.values(PRIORITY_KEYS)]);
  if (!row) throw new Error('the queue has no state');
  return row;
}

/**
 * Can a job be accepted now? A statement that changes nothing is still refused by a standby and a read-only database.
 * @throws AppError ledger_unavailable with the reason
 */
export async function probeWrite(db: Queryable): Promise<void> {
  await db.query('update pantry_queue.queue_state set swept_at = swept_at where false');
}
