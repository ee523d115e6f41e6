import type { RunKey } from '../contract/job.ts';
import type { Queryable } from './connection/queryable.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { OF_RUN, runValues } from './job-key.ts';

/** SQL: a parked job has left the engine. It comes back under a new run number, so no earlier run has a word in it. */
const LEAVES_ENGINE = `next_attempt_at = null, admitted_at = null, handed_over_at = null, start_claimed_at = null,
    engine_run_id = null, stuck_since = null, stuck_cause = null`;

const parking = (which: string) => `
with idle as materialized (
  select j.job_no from pantry_queue.jobs j
  where j.in_engine and j.status <> 'started' and j.phase <> 'parked' and ${which}
    and exists (select from pantry_queue.open_breaker where in_flight = 0)
    -- A stored reply needs no agent.
    and not exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.refused is null)
  for update skip locked
), parked as (
  update pantry_queue.jobs j set status = 'deferred', phase = 'parked', ${LEAVES_ENGINE}
  from idle i where j.job_no = i.job_no
  returning j.*
)
${recordEvent('parked', 'deferred')}
returning job_no`;

const PARK = parking(OF_RUN);
/** What a person paused stays where that person can find it. */
const PARK_IDLE = parking(`j.phase in ('worker', 'backoff')`);

/** Lets a job that may not begin wait for the agent. */
export async function park(db: Db, run: RunKey): Promise<void> {
  await db.query(PARK, runValues(run));
}

/** The same for all that are in the engine and call nobody: when the agent is tried again, one of them begins, not all. */
export async function parkIdle(db: Queryable): Promise<number> {
  return (await db.query(PARK_IDLE)).length;
}

const unparking = (which: string) => `
with waiting as materialized (
  select job_no from pantry_queue.jobs where phase = 'parked' and ${which}
  for update skip locked
), released as (
  update pantry_queue.jobs j set status = 'queued', phase = 'admission', run_no = j.run_no + 1,
    error_code = null, error_message = null, error_cause = null
  from waiting w where j.job_no = w.job_no
  returning j.*
)
${recordEvent('released', 'due')}
returning job_no`;

const UNPARK_FIRST = unparking(
  `job_no = any (array(select job_no from pantry_queue.jobs where phase = 'parked' order by state_since limit $1))`,
);
const UNPARK_ONE = unparking(`kind = $1 and subject = $2 and generation = $3`);

/** Lets parked jobs wait for their turn again, those that have been parked for longest. */
export async function unpark(db: Queryable, limit: number): Promise<number> {
  return (await db.query(UNPARK_FIRST, [limit])).length;
}

/** The same for one job. @returns whether it was parked */
export async function unparkJob(db: Queryable, job: Omit<RunKey, 'runNo'>): Promise<boolean> {
  return (await db.query(UNPARK_ONE, [job.kind, job.subject, job.generation])).length > 0;
}

const RETRY_NOW = `
with waiting as materialized (
  select job_no from pantry_queue.jobs j
  where kind = $1 and subject = $2 and generation = $3 and in_engine and phase = 'backoff' and cancel_requested_at is null
  for update skip locked
), released as (
  -- Temporal keeps the old run waiting; a new one has nothing to wait for.
  update pantry_queue.jobs j set status = 'queued', phase = 'worker', run_no = j.run_no + 1, next_attempt_at = null,
    handed_over_at = null, start_claimed_at = null, engine_run_id = null, stuck_since = null, stuck_cause = null
  from waiting w where j.job_no = w.job_no
  returning j.*
)
${recordEvent('released', 'due')}
returning job_no`;

/** Ends the back-off of one job: the gate starts it again at once. @returns whether it was in back-off */
export async function endBackoff(db: Queryable, job: Omit<RunKey, 'runNo'>): Promise<boolean> {
  return (await db.query(RETRY_NOW, [job.kind, job.subject, job.generation])).length > 0;
}
