import type { Status } from '../contract/job.ts';
import { GATE, WORKER_BEAT } from '../contract/policies.ts';
import type { RunKey } from './attempts.ts';
import type { Db } from './db.ts';

type RunRow = { receipt_id: number; generation: number; run_no: number };
const toRun = (row: RunRow): RunKey => ({ receiptId: row.receipt_id, generation: row.generation, runNo: row.run_no });

/** A sweep is here. What it says of gaps decides whether silence of a worker means anything yet. */
export async function noteSweep(db: Db): Promise<void> {
  await db.query(
    `update pantry_queue.queue_state set swept_at = now(), steady_since =
       case when swept_at < now() - interval '${WORKER_BEAT.gapMs} milliseconds' then now() else steady_since end`,
  );
}

const RELEASE_SAVING = `
with released as (
  update pantry_queue.jobs j set status = 'queued', phase = 'worker'
  where j.status = 'started' and j.phase = 'saving'
    and j.state_since < now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'
  returning j.*
)
insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, run_no)
select tenant_id, receipt_id, generation, 'save_waits', 'queued/worker', run_no from released
returning receipt_id`;

/** A save that nobody carries out does not stand as running; the stored reply waits for the next worker. */
export async function releaseStaleSaves(db: Db): Promise<number> {
  return (await db.query(RELEASE_SAVING)).length;
}

const DUE = `
with due as (
  update pantry_queue.jobs j set status = 'queued', phase = 'worker', next_attempt_at = null
  where j.status = 'deferred' and j.phase in ('backoff', 'parked') and j.next_attempt_at <= now()
  returning j.*
)
insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, run_no)
select tenant_id, receipt_id, generation, 'due', 'queued/worker', run_no from due
returning receipt_id`;

/** Back-off that has passed: what waits now is a worker. */
export async function releaseDue(db: Db): Promise<number> {
  return (await db.query(DUE)).length;
}

/** Jobs whose time is up. They are few at a time; the rest comes with the next sweep. */
export async function findGivenUp(db: Db, limit: number): Promise<RunKey[]> {
  const rows = await db.query<RunRow>(
    `select receipt_id, generation, run_no from pantry_queue.jobs
     where status not in ('finished', 'failed', 'canceled') and give_up_at < now() order by give_up_at limit $1`,
    [limit],
  );
  return rows.map(toRun);
}

/** Cancels that the engine did not carry out in time. */
export async function findOverdueCancels(db: Db): Promise<RunKey[]> {
  const rows = await db.query<RunRow>(
    `select receipt_id, generation, run_no from pantry_queue.jobs
     where status = 'started' and phase = 'canceling'
       and cancel_requested_at < now() - interval '${GATE.cancelingMs} milliseconds'`,
  );
  return rows.map(toRun);
}

const CHECK = `
update pantry_queue.jobs j set engine_checked_at = now()
where j.job_no in (
  select job_no from pantry_queue.jobs
  where (status = 'started' or (status = 'queued' and phase = 'worker') or (status = 'deferred' and phase <> 'dependency'))
    and handed_over_at is not null
    and (engine_checked_at is null or engine_checked_at < now() - interval '${GATE.engineCheckMs} milliseconds')
  order by engine_checked_at nulls first limit $1 for update skip locked)
returning j.receipt_id, j.generation, j.run_no, j.status, j.phase`;

export type Checked = RunKey & { readonly status: string; readonly phase: string | null };

/** Handed-over jobs that nobody has compared with the engine lately; this caller should. */
export async function claimEngineChecks(db: Db, limit: number): Promise<Checked[]> {
  const rows = await db.query<RunRow & { status: string; phase: string | null }>(CHECK, [limit]);
  return rows.map((row) => ({ ...toRun(row), status: row.status, phase: row.phase }));
}

/** The next sweep compares this job with the engine, whenever it was checked last. */
export async function requestEngineCheck(db: Db, run: RunKey): Promise<void> {
  await db.query(
    'update pantry_queue.jobs set engine_checked_at = null where receipt_id = $1 and generation = $2 and run_no = $3',
    [run.receiptId, run.generation, run.runNo],
  );
}

/** The engine is back: what was in flight may be lost, and is not left to wait for its turn to be compared. */
export async function requestAllEngineChecks(db: Db): Promise<void> {
  await db.query(
    `update pantry_queue.jobs set engine_checked_at = null
     where status = 'started' or (status = 'queued' and phase = 'worker') or (status = 'deferred' and phase <> 'dependency')`,
  );
}

const FOLD = `
with folded as (
  delete from pantry_queue.arrivals
  where ctid = any (array(select ctid from pantry_queue.arrivals limit $1 for update skip locked))
  returning tenant_id, user_id, status
)
insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
select f.tenant_id, o.user_id, f.status, '', pg_backend_pid() % 16, count(*)
from folded f cross join lateral (values (0), (f.user_id)) o (user_id)
group by 1, 2, 3 order by 1, 2, 3
on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n`;

/** More than callers bring between two sweeps: folding so many takes about 0.1 s. */
const MAX_FOLDED = 50_000;

/** Adds what has arrived to the counters; the sum of both does not change. What is beyond `limit` waits for the next. */
export async function foldArrivals(db: Db, limit = MAX_FOLDED): Promise<void> {
  await db.query(FOLD, [limit]);
}

const MEASURE = `
update pantry_queue.queue_state q set agent_slots = m.slots, run_ms = coalesce(m.run_ms, q.run_ms)
from (
  select coalesce((select sum(slots)::int from pantry_queue.workers
                   where seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'), 0) as slots,
    (select (extract(epoch from avg(ended_at - started_at)) * 1000)::int from (
       select ended_at, started_at from pantry_queue.jobs
       where status in ('finished', 'failed', 'canceled')
       order by ended_at desc limit 50) lately) as run_ms
) m
where (q.agent_slots, q.run_ms) is distinct from (m.slots, coalesce(m.run_ms, q.run_ms))`;

/** What an eta is made of: live slots, and what the last 50 jobs took. */
export async function measure(db: Db): Promise<void> {
  await db.query(MEASURE);
}

const EXPIRE = `
with expired as (
  update pantry_queue.jobs j set expired_at = now(), result = null
  where j.job_no in (
    select job_no from pantry_queue.jobs
    where status = any ($1::text[]) and status in ('finished', 'failed', 'canceled') and expired_at is null and ended_at < now() - make_interval(secs => $2)
    order by ended_at limit $3 for update skip locked)
  returning j.receipt_id, j.generation
), no_replies as (
  delete from pantry_queue.replies p using expired x where p.receipt_id = x.receipt_id and p.generation = x.generation
), no_events as (
  delete from pantry_queue.events e using expired x where e.receipt_id = x.receipt_id and e.generation = x.generation
)
select receipt_id from expired`;

/**
 * Removes replies, events and results of jobs that ended longer ago; never the receipt's data or its dedupe key.
 * @returns how many jobs expired now
 */
export async function expireJobs(db: Db, statuses: readonly Status[], afterS: number, limit: number): Promise<number> {
  return (await db.query(EXPIRE, [statuses, afterS, limit])).length;
}
