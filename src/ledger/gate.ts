import { type Priority, priorityOf, type RunKey } from '../contract/job.ts';
import { GATE, WORKER_BEAT } from '../contract/policies.ts';
import type { Db } from './db.ts';
import { type KindOf, recordEvent } from './event.ts';
import { OF_RUN, RUN_KEY, type RunRow, runOf, runValues } from './job-key.ts';

/** Any number that nobody else uses: one admission at a time. */
const ADMISSION_LOCK = 7_302_517;

/** A run that the engine is to start. */
export interface AdmittedRun extends RunKey {
  readonly tenant: string;
  readonly userId: number;
  readonly batchId: string | null;
  readonly priority: Priority;
}

type AdmittedRow = RunRow & {
  tenant_id: string;
  user_id: number;
  batch_id: string | null;
  priority: number;
};

const RUN_COLUMNS = `${RUN_KEY}, tenant_id, user_id, batch_id, priority`;

function admittedRun(row: AdmittedRow): AdmittedRun {
  return {
    ...runOf(row),
    tenant: row.tenant_id,
    userId: row.user_id,
    batchId: row.batch_id,
    priority: priorityOf(row.priority),
  };
}

/**
 * SQL, of jobs in the engine: those that take a place in the window. Not: back-off of one job's own making, what a
 * person paused in Temporal (it has no next attempt), and what is stuck there. Back-off that the agent asked for does:
 * whoever is told to wait does not send the next job.
 */
const ACTIVE = `(stuck_since is null and case
  when status <> 'deferred' then true
  when phase = 'parked' then true
  when phase = 'backoff' then error_code = 'agent_rate_limited'
  else next_attempt_at is not null end)`;

/** SQL: how many jobs may be active at once. $1 most, $2 least, $3 a live slot. */
const WINDOW = `least($1::int, greatest($2::int, $3::int * coalesce((
      select sum(slots)::int from pantry_queue.workers
      where seen_at > now() - interval '${WORKER_BEAT.lostAfterMs} milliseconds'), 0)))`;

/**
 * Owners in turn, behind the one whose turn it was last; inside an owner by priority, then by age. Each owner costs
 * one index probe, so the price is that of the window and not of the backlog. Owners at their cap are passed over: they
 * take nobody's turn.
 */
const ADMIT = `
with recursive state as (
  select turn_tenant, turn_user, ${WINDOW} as window_size from pantry_queue.queue_state where paused_at is null
), in_engine as (
  select tenant_id, user_id, count(*)::int as open, (count(*) filter (where ${ACTIVE}))::int as active
  from pantry_queue.jobs where in_engine group by 1, 2
), room as (
  -- More in the engine than the window holds is no error: slots have gone, and the rest ends by itself.
  select s.*, greatest(0, least(
    s.window_size - coalesce((select sum(active)::int from in_engine), 0),
    s.window_size * ${GATE.openPerWindow} - coalesce((select sum(open)::int from in_engine), 0),
    $5::int)) as free
  from state s
), owners (tenant_id, user_id, turn, eligible, lap) as (
  (select r.turn_tenant, r.turn_user, 0, 0, 0 from room r where r.free > 0)
  union all
  select next.tenant_id, next.user_id, o.turn + 1,
    o.eligible + case when coalesce(e.active, 0) < $4::int then 1 else 0 end, next.lap
  from owners o cross join room r cross join lateral (
    (select j.tenant_id, j.user_id, o.lap from pantry_queue.jobs j
     where j.status = 'queued' and j.phase = 'admission' and (j.tenant_id, j.user_id) > (o.tenant_id, o.user_id)
       and (o.lap = 0 or (j.tenant_id, j.user_id) <= (r.turn_tenant, r.turn_user))
     order by j.tenant_id, j.user_id limit 1)
    union all
    (select j.tenant_id, j.user_id, 1 from pantry_queue.jobs j
     where o.lap = 0 and j.status = 'queued' and j.phase = 'admission'
       and (j.tenant_id, j.user_id) <= (r.turn_tenant, r.turn_user)
     order by j.tenant_id, j.user_id limit 1)
    limit 1
  ) next
  left join in_engine e on e.tenant_id = next.tenant_id and e.user_id = next.user_id
  where o.eligible < r.free
), candidates as (
  select j.job_no, o.turn, row_number() over (partition by o.turn order by j.priority, j.job_no) as nth
  from owners o cross join room r
  left join in_engine e on e.tenant_id = o.tenant_id and e.user_id = o.user_id
  cross join lateral (
    select a.job_no, a.priority from pantry_queue.jobs a
    where a.status = 'queued' and a.phase = 'admission' and a.tenant_id = o.tenant_id and a.user_id = o.user_id
    order by a.priority, a.job_no
    limit greatest(0, least(r.free, $4::int - coalesce(e.active, 0)))
  ) j
  where o.turn > 0
), chosen as (
  select job_no, turn, nth from candidates order by nth, turn limit (select free from room)
), admitted as (
  update pantry_queue.jobs j set status = 'queued', phase = 'worker', admitted_at = now(), start_claimed_at = now()
  from chosen c where j.job_no = c.job_no
    -- One expression instead of two columns, so that the planner fetches these few rows by their key and does not read
    -- the whole backlog through jobs_admission.
    and pantry_queue.state_of(j.status, j.phase) = 'queued/admission'
  returning j.*, c.turn, c.nth
), recorded as (
  ${recordEvent('admitted', 'admitted')}
), turned as (
  update pantry_queue.queue_state q set turn_tenant = l.tenant_id, turn_user = l.user_id
  from (select tenant_id, user_id from admitted order by nth desc, turn desc limit 1) l
)
select ${RUN_COLUMNS} from admitted order by nth, turn`;

/**
 * Lets waiting jobs into the engine's window.
 * @param options `ownerWindow`: how many one owner may have in flight; `limit`: how many are let in at most
 * @returns what the caller must start now; empty when another gate is admitting, or nothing waits, or no room is left
 */
export function admit(db: Db, options: { ownerWindow: number; limit: number }): Promise<AdmittedRun[]> {
  return db.transaction(async (tx) => {
    const [lock] = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [ADMISSION_LOCK]);
    if (!lock?.mine) return [];
    const rows = await tx.query<AdmittedRow>(ADMIT, [
      GATE.maxWindow,
      GATE.minWindow,
      GATE.windowPerSlot,
      options.ownerWindow,
      options.limit,
    ]);
    return rows.map(admittedRun);
  });
}

/** In the engine by right, yet not confirmed by it, and nobody is at it: a gate died, or the engine was away. */
const UNSTARTED = `
update pantry_queue.jobs j set start_claimed_at = now()
where j.job_no in (
  select job_no from pantry_queue.jobs
  where in_engine
    and handed_over_at is null
    and (start_claimed_at is null or start_claimed_at < now() - interval '${GATE.orphanedStartMs} milliseconds')
  -- In no index's order: by job_no the planner would walk all jobs by their key until it has found these few.
  order by admitted_at limit $1 for update skip locked)
returning ${RUN_COLUMNS}`;

/** @returns runs that this caller alone should start now */
export async function claimUnstarted(db: Db, limit: number): Promise<AdmittedRun[]> {
  return (await db.query<AdmittedRow>(UNSTARTED, [limit])).map(admittedRun);
}

/** May this run still be started? False when it was canceled, given up or replaced meanwhile. */
export async function mayStart(db: Db, run: RunKey): Promise<boolean> {
  const rows = await db.query(
    `select from pantry_queue.jobs j where ${OF_RUN} and j.live and j.cancel_requested_at is null`,
    runValues(run),
  );
  return rows.length > 0;
}

/** What the engine says of a run that it has. */
export interface Seen {
  readonly engineRunId: string;
  /** A step that fails again and again. */
  readonly stuck: string | null;
  /** A person holds its activity. */
  readonly paused: boolean;
}

const PAUSED_OR_DUE: KindOf = {
  sql: `case change when 'deferred/paused' then 'deferred' else 'due' end`,
  among: ['deferred', 'due'],
};

/**
 * One statement: the engine has the run; what it says of it is kept. A pause or its end, and a run that is stuck or no
 * longer so, are news and have their event.
 */
const HAND_OVER = `
with before as materialized (
  select job_no, status, phase, next_attempt_at, stuck_cause from pantry_queue.jobs j where ${OF_RUN} for update
), seen as (
  update pantry_queue.jobs j set handed_over_at = coalesce(j.handed_over_at, now()), engine_checked_at = now(),
    engine_run_id = $5, stuck_cause = $6,
    stuck_since = case when $6::text is null then null else coalesce(j.stuck_since, now()) end,
    status = case when m.change is null then j.status else split_part(m.change, '/', 1) end,
    phase = case when m.change is null then j.phase else split_part(m.change, '/', 2) end,
    next_attempt_at = case when m.change is null then j.next_attempt_at end
  from before b cross join lateral (select case
    when $7::boolean and (b.phase = 'worker' or b.phase in ('parked', 'backoff')) then 'deferred/paused'
    when not $7::boolean and b.status = 'deferred' and b.phase = 'paused' and b.next_attempt_at is null then 'queued/worker'
    end as change) m
  where j.job_no = b.job_no
  returning j.*, m.change, m.change is not null or b.stuck_cause is distinct from $6 as news
), recorded as (
  ${recordEvent('seen', PAUSED_OR_DUE)} where change is not null
)
select cancel_requested_at is not null or not live as ended, news from seen`;

/**
 * The engine has the run.
 * @returns `cancel`: one was asked for meanwhile, or the job ended, so the run must be canceled in the engine; `news`:
 *   its state changed by what the engine says
 */
export async function markHandedOver(db: Db, run: RunKey, seen: Seen): Promise<{ cancel: boolean; news: boolean }> {
  const { engineRunId, stuck, paused } = seen;
  const values = [...runValues(run), engineRunId, stuck, paused];
  const [row] = await db.query<{ ended: boolean; news: boolean }>(HAND_OVER, values);
  return { cancel: row === undefined || row.ended, news: row?.news ?? false };
}

const REPLACE_RUN = `
with replaced as (
  update pantry_queue.jobs j set
    run_no = j.run_no + 1, handed_over_at = null, start_claimed_at = now(), engine_checked_at = now(),
    engine_run_id = null, stuck_since = null, stuck_cause = null,
    -- A call that is in the air is left alone: its reply will be found by the new run.
    status = case when j.status = 'started' and j.phase = 'agent' then j.status else 'queued' end,
    phase = case when j.status = 'started' and j.phase = 'agent' then j.phase else 'worker' end
  where ${OF_RUN} and j.cancel_requested_at is null and j.in_engine
  returning j.*
), recorded as (
  ${recordEvent('replaced', 'run_replaced', { data: "jsonb_build_object('why', $5::text)" })}
)
select ${RUN_COLUMNS} from replaced`;

/**
 * The engine has lost or ended the run while the job is live: a new run number makes every older run harmless.
 * @returns the run to start, or undefined when the job has moved on by itself
 */
export async function replaceRun(db: Db, run: RunKey, why: string): Promise<AdmittedRun | undefined> {
  const [row] = await db.query<AdmittedRow>(REPLACE_RUN, [...runValues(run), why]);
  return row && admittedRun(row);
}
