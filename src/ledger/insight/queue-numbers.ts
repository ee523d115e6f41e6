import { TENANTS } from '../breaker/breaker.ts';
import type { Queryable } from '../connection/queryable.ts';
import { SERVING } from '../processes/workers.ts';

/** What is shown of the whole queue to anyone who measures it, all tenants together. */
export type QueueNumbers = {
  /** By status; `review`: receipts that wait for a person. */
  jobs: Readonly<Record<string, number>>;
  oldest_queued_s: number | null;
  oldest_started_s: number | null;
  oldest_deferred_s: number | null;
  in_flight: number;
  window_size: number;
  agent_slots: number;
  workflow_workers: number;
  agent_workers: number;
  engine: 'ok' | 'down' | 'misconfigured' | null;
  agent: 'ok' | 'down' | null;
  /** How many jobs the breaker lets through; null while it is closed. */
  breaker_in_flight: number | null;
  events_lag_s: number | null;
  webhooks_lag_s: number | null;
  held_s: number | null;
  totals: readonly Total[];
};

/** A row of `totals`. */
export type Total = {
  readonly kind: string;
  readonly code: string;
  readonly n: number;
  readonly total: number;
  readonly counts: readonly number[];
};

/** Sums of counters and ends of indexes: its cost grows with tenants and the window, never with jobs. */
const NUMBERS = `
with recursive ${TENANTS}, jobs as (
  select status, sum(n)::bigint as n from (
    select c.status, c.n from tenants t cross join lateral (
      select status, n from pantry_queue.counters c where c.tenant_id = t.tenant_id and c.user_id = 0) c
    union all
    select status, n from pantry_queue.arrivals) counted
  group by 1
), open as (
  select status, active, created_at, started_at from pantry_queue.jobs where in_engine
)
select
  (select coalesce(json_object_agg(status, n), '{}') from jobs) as jobs,
  (select extract(epoch from now() - min(o.created_at))::float8 from tenants t cross join lateral (
     select created_at from pantry_queue.jobs
     -- generation > 0 says which index is meant: schema/0001_ledger.sql.
     where tenant_id = t.tenant_id and status = 'queued' and live and generation > 0 order by give_up_at limit 1) o
  ) as oldest_queued_s,
  (select extract(epoch from now() - min(started_at))::float8 from open where status = 'started') as oldest_started_s,
  (select extract(epoch from now() - min(created_at))::float8 from (
     select created_at from open where status = 'deferred'
     union all
     select created_at from pantry_queue.jobs where phase = 'parked') aside) as oldest_deferred_s,
  (select count(*)::int from open where active) as in_flight,
  q.window_size, s.slots as agent_slots, s.workflow as workflow_workers, s.agent as agent_workers, q.engine, q.agent,
  (select in_flight from pantry_queue.open_breaker) as breaker_in_flight,
  (select extract(epoch from clock_timestamp() - e.at)::float8 from pantry_queue.history_place p cross join lateral (
     select at from pantry_queue.events e where (e.xid, e.id) > (p.xid, p.id) order by e.xid, e.id limit 1) e) as events_lag_s,
  (select extract(epoch from clock_timestamp() - min(wake_at))::float8 from pantry_queue.webhooks where wake_at is not null)
    as webhooks_lag_s,
  extract(epoch from now() - q.held_since)::float8 as held_s,
  (select coalesce(json_agg(t), '[]') from pantry_queue.totals t) as totals
from pantry_queue.queue_state q cross join ${SERVING} s`;

/** @throws AppError ledger_unavailable */
export async function readQueueNumbers(db: Queryable): Promise<QueueNumbers> {
  const [row] = await db.query<QueueNumbers>(NUMBERS);
  if (!row) throw new Error('the queue has no state');
  return row;
}
