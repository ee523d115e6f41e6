import { JOB_BUCKETS_S } from '../../contract/metrics.ts';
import { HISTORY } from '../../contract/policies.ts';
import type { Db } from '../db.ts';
import { HISTORY_COUNTS } from './queue-history-counts.ts';

/** SQL: events that end a job, and its first attempt: how long after its acceptance they came is measured. */
const IS_TIMED = `(e.kind in ('finished', 'failed', 'canceled') or (e.kind = 'attempt_started' and e.attempt = 1))`;

/** From the acceptance of its job to the event `e`. */
const SINCE_ACCEPTED_S = `extract(epoch from e.at - (
      select a.at from pantry_queue.events a where a.job_no = e.job_no and a.kind = 'enqueued' order by a.id limit 1))`;

/**
 * The next page of final events, counted in the commit that moves the place behind them: each once, in whatever order they
 * were committed. Who finds the place taken leaves the work to the process that has it.
 */
const FOLD = `
with place as materialized (
  select * from pantry_queue.history_place for update skip locked
), span as materialized (
  -- Of the epoch in which the place is; a closed one ends with the last transaction before the next.
  select l.xid, l.id, e.first_id, n.first_id as end_id,
    coalesce((n.prior_xid::text::numeric + 1)::text::xid8, pg_snapshot_xmin(pg_current_snapshot())) as before_xid
  from place l join pantry_queue.epochs e on e.epoch = l.epoch left join pantry_queue.epochs n on n.epoch = l.epoch + 1
), page as materialized (
  select e.* from span s cross join lateral (
    select * from pantry_queue.events e
    where (e.xid, e.id) > (s.xid, s.id) and e.xid < s.before_xid and e.id >= s.first_id and (s.end_id is null or e.id < s.end_id)
    order by e.xid, e.id limit $1) e
), timed as materialized (
  select e.*, case when ${IS_TIMED} then ${SINCE_ACCEPTED_S} end as after_s from page e
  where e.kind in ('enqueued', 'attempt_failed', 'attempt_lost', 'reply_stored') or ${IS_TIMED}
), totaled as (
  insert into pantry_queue.totals as t (kind, code, n, total, counts)
  select kind, code, n, total,
    array(select (select count(*) from unnest(placed) p where p = b) from generate_series(0, cardinality($4::float8[])) b order by b)
  from (
    select e.kind, coalesce(e.data ->> 'code', '') as code, count(*) as n, coalesce(sum(e.after_s), 0) as total,
      array_agg(width_bucket(e.after_s::float8, $4::float8[])) filter (where e.after_s is not null) as placed
    from timed e group by 1, 2) s
  order by 1, 2
  on conflict (kind, code) do update set n = t.n + excluded.n, total = t.total + excluded.total,
    counts = array(select coalesce(old, 0) + coalesce(more, 0)
                   from unnest(t.counts, excluded.counts) with ordinality c (old, more, nth) order by nth)
), counted as (
  select e.tenant_id, o.user_id, w.step_s, date_bin(make_interval(secs => w.step_s), e.at, 'epoch') as at,
    ${HISTORY_COUNTS},
    array_agg(coalesce(width_bucket(least(1000 * e.after_s, 2147483647)::int, $3::int[]), 0)) filter (where e.kind = 'attempt_started') as waited
  from timed e cross join lateral (values (0::bigint), (e.user_id)) o (user_id) cross join unnest($2::int[]) w (step_s)
  where e.kind in ('enqueued', 'finished', 'failed', 'canceled', 'attempt_started')
  group by 1, 2, 3, 4
), added as (
  insert into pantry_queue.history as h (tenant_id, user_id, step_s, at, accepted, finished, failed, canceled, waits)
  select tenant_id, user_id, step_s, at, accepted, finished, failed, canceled,
    array(select (select count(*) from unnest(waited) w where w = b)::int
          from generate_series(0, (select max(w) from unnest(waited) w)) b order by b)
  from counted
  on conflict (tenant_id, user_id, step_s, at) do update set
    accepted = h.accepted + excluded.accepted, finished = h.finished + excluded.finished,
    failed = h.failed + excluded.failed, canceled = h.canceled + excluded.canceled,
    waits = array(select coalesce(old, 0) + coalesce(more, 0)
                  from unnest(h.waits, excluded.waits) with ordinality w (old, more, nth) order by nth)
), last as (
  select xid, id from page order by xid desc, id desc limit 1
), moved as (
  update pantry_queue.history_place p set xid = last.xid, id = last.id from last where (select count(*) from page) = $1
    or (select end_id from span) is null
), next_epoch as (
  update pantry_queue.history_place p set epoch = p.epoch + 1, xid = '0', id = 0
  from span s where s.end_id is not null and (select count(*) from page) < $1
)
select count(*)::int as events, (select end_id is not null from span) as closed from page`;

const WIDTHS = HISTORY.kept.map(({ stepS }) => stepS);

/**
 * Counts the events that have become final.
 * @param page events a statement
 * @param most statements of this call; the rest comes with the next
 */
export async function foldHistory(db: Db, page: number = HISTORY.page, most: number = HISTORY.pages): Promise<void> {
  for (let pages = 1; pages <= most; pages++) {
    const [row] = await db.query<{ events: number; closed: boolean | null }>(FOLD, [
      page,
      WIDTHS,
      HISTORY.waitBoundsMs,
      JOB_BUCKETS_S,
    ]);
    if (!row || (row.events < page && row.closed !== true)) return;
  }
}

const FORGET = `
delete from pantry_queue.history where ctid = any (array(
  select ctid from pantry_queue.history
  where step_s = $1 and at < now() - make_interval(secs => $2) order by at limit $3 for update skip locked))`;

/** Takes away what is past its time, some of it a call. */
export async function forgetHistory(db: Db, limit: number): Promise<void> {
  for (const { stepS, forS } of HISTORY.kept) await db.query(FORGET, [stepS, forS, limit]);
}

const READ = `
with kept as materialized (
  select date_bin(make_interval(secs => $4), h.at, 'epoch') as at, accepted, finished, failed, canceled, waits
  from pantry_queue.history h
  where h.tenant_id = $1 and h.user_id = $2 and h.step_s = $3 and h.at >= $5::timestamptz and h.at < $6::timestamptz
), waited as (
  select at, jsonb_object_agg(nth - 1, n) as waits from (
    select at, nth, sum(w)::int as n from kept cross join unnest(waits) with ordinality u (w, nth) group by 1, 2
  ) summed where n > 0 group by 1
)
select k.at, sum(accepted)::int as accepted, sum(finished)::int as finished, sum(failed)::int as failed,
  sum(canceled)::int as canceled, (select waits from waited w where w.at = k.at) as waits
from kept k group by k.at order by k.at`;

export type HistoryRow = {
  at: Date;
  accepted: number;
  finished: number;
  failed: number;
  canceled: number;
  /** How many had waited, by the place of the bound that they were below. */
  waits: Readonly<Record<string, number>> | null;
};

/** Those in which something happened. @param userId 0 = everybody in the tenant */
export function readBuckets(
  db: Db,
  { tenant, userId }: { tenant: string; userId: number },
  span: { from: Date; to: Date; stepS: number; fromS: number },
): Promise<HistoryRow[]> {
  const { from, to, stepS, fromS } = span;
  return db.query<HistoryRow>(READ, [tenant, userId, fromS, stepS, from, to]);
}
