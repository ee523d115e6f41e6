import type { RunKey } from '../contract/job.ts';
import { GATE, WORKER_BEAT } from '../contract/policies.ts';
import { isHeld } from './caps.ts';
import type { Queryable } from './connection/queryable.ts';
import type { Db } from './db.ts';
import { recordEvent } from './event.ts';
import { isKnownKind, RUN_KEY, type RunRow, runOf } from './job-key.ts';

/**
 * Before a sweep looks for lost workers: where none was done for a while (the ledger was away, or locked), silence of a worker
 * means nothing yet.
 */
export async function noteGap(db: Queryable): Promise<void> {
  await db.query(
    `update pantry_queue.queue_state set steady_since = now()
     where swept_at < now() - interval '${WORKER_BEAT.gapMs} milliseconds'`,
  );
}

/** A sweep has looked at all workers. */
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
    and (j.phase = 'backoff' or (j.phase = 'paused' and not ${isHeld('j')}))
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
