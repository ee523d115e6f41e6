import type { RunKey } from '../contract/job.ts';
import { GATE, WORKER_BEAT } from '../contract/policies.ts';
import { isHeld } from './caps.ts';
import type { Db, Queryable } from './db.ts';
import { recordEvent } from './event.ts';
import { LIVE_GATES } from './gates.ts';
import { isKnownKind, OF_RUN, RUN_KEY, type RunRow, runOf, runValues } from './job-key.ts';

/**
 * Before a sweep judges workers: where none was done for a while (the ledger was away, or locked), silence of a worker
 * means nothing yet.
 */
export async function noteGap(db: Queryable): Promise<void> {
  await db.query(
    `update pantry_queue.queue_state set steady_since = now()
     where swept_at < now() - interval '${WORKER_BEAT.gapMs} milliseconds'`,
  );
}

/** A sweep has judged all workers. */
export async function noteSweep(db: Queryable): Promise<void> {
  await db.query('update pantry_queue.queue_state set swept_at = now()');
}

/** Rows that somebody else holds are left to the next sweep: a sweep waits for no lock. */
const RELEASE_SAVING = `
with stale as materialized (
  select job_no from pantry_queue.jobs
  where in_engine and status = 'started' and phase = 'saving'
    and state_since < now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'
  for update skip locked
), released as (
  update pantry_queue.jobs j set status = 'queued', phase = 'worker' from stale s where j.job_no = s.job_no
  returning j.*
)
${recordEvent('released', 'save_waits')}
returning job_no`;

/** A save that nobody carries out does not stand as running; the stored reply waits for the next worker. */
export async function releaseStaleSaves(db: Db): Promise<number> {
  return (await db.query(RELEASE_SAVING)).length;
}

/** A cap of 0 that is gone counts too, a pause of the queue for one; what a person paused in Temporal has no next attempt. */
const DUE = `
with passed as materialized (
  select j.job_no from pantry_queue.jobs j
  where j.in_engine and j.status = 'deferred' and j.next_attempt_at <= now()
    and (j.phase in ('backoff', 'parked') or (j.phase = 'paused' and not ${isHeld('j')}))
  for update skip locked
), due as (
  update pantry_queue.jobs j set status = 'queued', phase = 'worker', next_attempt_at = null
  from passed p where j.job_no = p.job_no
  returning j.*
)
${recordEvent('due', 'due')}
returning job_no`;

/** Waits that have passed: what the job waits for now is a worker. */
export async function releaseDue(db: Db): Promise<number> {
  return (await db.query(DUE)).length;
}

const GIVEN_UP = `
with recursive heads as (
  (select tenant_id, status from pantry_queue.jobs where live and generation > 0 order by 1, 2 limit 1)
  union all
  select next.* from heads h cross join lateral (
    select j.tenant_id, j.status from pantry_queue.jobs j
    where j.live and j.generation > 0 and (j.tenant_id, j.status) > (h.tenant_id, h.status)
    order by 1, 2 limit 1) next
)
select ${RUN_KEY} from heads h cross join lateral (
  -- generation > 0 says which index is meant: schema/0001_ledger.sql.
  select * from pantry_queue.jobs j
  where j.live and j.generation > 0 and j.tenant_id = h.tenant_id and j.status = h.status and j.give_up_at < now()
    and ${isKnownKind('$2', 'j')}
  order by j.give_up_at limit $1) due
order by due.give_up_at limit $1`;

/** Jobs whose time is up, in every tenant. They are few at a time; the rest comes with the next sweep. */
export async function findGivenUp(db: Db, limit: number): Promise<RunKey[]> {
  return (await db.query<RunRow>(GIVEN_UP, [limit, db.kinds.names])).map(runOf);
}

/** Cancels that the engine did not carry out in time. */
export async function findOverdueCancels(db: Db): Promise<RunKey[]> {
  const rows = await db.query<RunRow>(
    `select ${RUN_KEY} from pantry_queue.jobs
     where in_engine and status = 'started' and phase = 'canceling'
       and cancel_requested_at < now() - interval '${GATE.cancelingMs} milliseconds' and ${isKnownKind('$1')}`,
    [db.kinds.names],
  );
  return rows.map(runOf);
}

const CHECK = `
update pantry_queue.jobs j set engine_checked_at = now()
where j.job_no in (
  select job_no from pantry_queue.jobs
  where in_engine and ${isKnownKind('$2')}
    and handed_over_at is not null
    and (engine_checked_at is null or engine_checked_at < now() - interval '${GATE.engineCheckMs} milliseconds')
  order by engine_checked_at nulls first limit $1 for update skip locked)
returning j.kind, j.subject, j.generation, j.run_no, j.status, j.phase`;

export type Checked = RunKey & { readonly status: string; readonly phase: string | null };

/** Handed-over jobs that nobody has compared with the engine lately; this caller should. */
export async function claimEngineChecks(db: Db, limit: number): Promise<Checked[]> {
  const rows = await db.query<RunRow & { status: string; phase: string | null }>(CHECK, [limit, db.kinds.names]);
  return rows.map((row) => ({ ...runOf(row), status: row.status, phase: row.phase }));
}

/** The next sweep compares this job with the engine, whenever it was checked last. */
export async function requestEngineCheck(db: Db, run: RunKey): Promise<void> {
  await db.query(`update pantry_queue.jobs j set engine_checked_at = null where ${OF_RUN}`, runValues(run));
}

/** The engine is back: what was in flight may be lost, and is not left to wait for its turn to be compared. */
export async function requestAllEngineChecks(db: Db): Promise<void> {
  await db.query(
    `update pantry_queue.jobs set engine_checked_at = null where job_no in (
       select job_no from pantry_queue.jobs where in_engine and engine_checked_at is not null for update skip locked)`,
  );
}

const FOLD = `
with folded as (
  delete from pantry_queue.arrivals
  where ctid = any (array(select ctid from pantry_queue.arrivals limit $1 for update skip locked))
  returning tenant_id, user_id, status, n
)
insert into pantry_queue.counters as c (tenant_id, user_id, status, error_code, shard, n)
select f.tenant_id, o.user_id, f.status, '', pg_backend_pid() % 16, sum(f.n)
from folded f cross join lateral (values (0::bigint), (f.user_id)) o (user_id)
group by 1, 2, 3 order by 1, 2, 3
on conflict (tenant_id, user_id, status, error_code, shard) do update set n = c.n + excluded.n`;

/** More than callers bring between two sweeps. */
const MAX_FOLDED = 50_000;

/** Adds what has arrived to the counters; the sum of both does not change. What is beyond `limit` waits for the next. */
export async function foldArrivals(db: Db, limit = MAX_FOLDED): Promise<void> {
  await db.query(FOLD, [limit]);
}

/** What an attempt meets when the agent is not there, or asks to be left alone. */
const AGENT_AWAY = `error_code in ('agent_unavailable', 'agent_rate_limited')`;
/** A call that has lasted longer has reached the agent. */
const CALL_REACHED_S = 10;

const MEASURE = `
with live as (
  select * from ${LIVE_GATES}
), slots as (
  select coalesce(sum(slots), 0)::int as n from pantry_queue.workers
  where seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'
), lately as (
  select status, ended_at, started_at from pantry_queue.jobs
  where not live order by ended_at desc limit 50
), in_engine as (
  select count(*)::int as open,
    (count(*) filter (where phase = 'paused' and next_attempt_at is null))::int as paused,
    (count(*) filter (where phase = 'backoff'))::int as backoff,
    coalesce(bool_or(${AGENT_AWAY}), false) as agent_missed,
    max(state_since) filter (where ${AGENT_AWAY} and phase in ('parked', 'backoff')) as agent_missed_at,
    max(state_since) filter (where phase = 'saving'
      or (phase = 'agent' and state_since < now() - interval '${CALL_REACHED_S} seconds')) as agent_there_at
  from pantry_queue.jobs where in_engine
), measured as (
  select s.n as agent_slots, e.open as open_jobs, e.paused as paused_jobs, e.backoff as backoff_jobs,
    least($1::int, greatest($2::int, $3::int * s.n)) as window_size,
    coalesce((select (extract(epoch from avg(ended_at - started_at)) * 1000)::int from lately), q.avg_run_ms) as avg_run_ms,
    -- One process that reaches the engine is enough to start jobs; who does not is named in queue_info.
    (select case when bool_or(engine = 'ok') then 'ok' else min(engine) end from live) as engine,
    case when exists (select from live where agent = 'down') then 'down'
         when not e.agent_missed then (select min(agent) from live)
         -- All that missed it are asking again at this moment: what was known still holds.
         when e.agent_missed_at is null then q.agent
         when e.agent_missed_at > greatest(e.agent_there_at, (select max(ended_at) from lately where status = 'finished'))
           is not false then 'down'
         else 'ok' end as agent
  from pantry_queue.queue_state q cross join slots s cross join in_engine e
)
update pantry_queue.queue_state q set
  agent_slots = m.agent_slots, avg_run_ms = m.avg_run_ms, window_size = m.window_size, open_jobs = m.open_jobs,
  paused_jobs = m.paused_jobs, backoff_jobs = m.backoff_jobs, engine = m.engine, agent = m.agent,
  engine_since = case when q.engine is distinct from m.engine then now() else q.engine_since end,
  agent_since = case when q.agent is distinct from m.agent then now() else q.agent_since end
from measured m
where (q.agent_slots, q.avg_run_ms, q.window_size, q.open_jobs, q.paused_jobs, q.backoff_jobs, q.engine, q.agent)
  is distinct from (m.agent_slots, m.avg_run_ms, m.window_size, m.open_jobs, m.paused_jobs, m.backoff_jobs, m.engine, m.agent)`;

/**
 * Writes down what holds for the whole queue, derived from jobs, workers and gates: live slots, what the last 50 jobs
 * took, how full the window is and of what, and how engine and agent are.
 */
export async function measure(db: Db): Promise<void> {
  await db.query(MEASURE, [GATE.maxWindow, GATE.minWindow, GATE.windowPerSlot]);
}
