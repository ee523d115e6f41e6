import type { RunKey } from '../contract/job.ts';
import { GATE } from '../contract/policies.ts';
import { type AdmittedRow, type AdmittedRun, admittedRun, RUN_COLUMNS } from './admitted-run.ts';
import { IS_MOVING } from './caps.ts';
import type { Db } from './db.ts';
import { type KindOf, recordEvent } from './event.ts';
import { isKnownKind, OF_RUN, runValues } from './job-key.ts';

/** In the engine by right, yet not confirmed by it, and nobody is at it: a gate died, or the engine was away. */
const UNSTARTED = `
update pantry_queue.jobs j set start_claimed_at = now()
where j.job_no in (
  select job_no from pantry_queue.jobs
  where in_engine and ${isKnownKind('$2')}
    and handed_over_at is null and not ${IS_MOVING}
    and (start_claimed_at is null or start_claimed_at < now() - interval '${GATE.orphanedStartMs} milliseconds')
  -- In no index's order: by job_no the planner would walk all jobs by their key until it has found these few.
  order by admitted_at limit $1 for update skip locked)
returning ${RUN_COLUMNS}`;

/** @returns runs that this caller alone should start now */
export async function claimUnstarted(db: Db, limit: number): Promise<AdmittedRun[]> {
  return (await db.query<AdmittedRow>(UNSTARTED, [limit, db.kinds.names])).map(admittedRun);
}

/** May this run still be started? False when it was canceled, given up or replaced meanwhile. */
export async function mayStart(db: Db, run: RunKey): Promise<boolean> {
  const rows = await db.query(
    `select from pantry_queue.jobs j where ${OF_RUN} and j.live and j.cancel_requested_at is null
       and not ${IS_MOVING}`,
    runValues(run),
  );
  return rows.length > 0;
}

/** What the engine says of a run that it has. */
export interface Seen {
  readonly engineRunId: string;
  /** A step that fails again and again. */
  readonly stuck: string | null;
  /** A person has paused it, or its activity. */
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
    -- A call that is in flight is left alone: its reply will be found by the new run.
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
