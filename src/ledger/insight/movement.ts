import type { Db } from '../db.ts';

/** A call that has lasted longer has reached the agent. */
const REACHED_S = 10;

const MOVEMENT = `
with waits as (
  -- One shard of a counter says nothing by itself. Not what waits for a time or for other jobs: those count, unless
  -- they wait for a time themselves.
  select tenant_id, sum(n)::int as n from (
    select tenant_id, n from pantry_queue.counts where user_id = 0 and status in ('queued', 'started')
    union all
    select tenant_id, 1 from pantry_queue.jobs where in_engine and status = 'deferred'
    union all
    select tenant_id, 1 from pantry_queue.jobs where phase = 'parked'
    union all
    (select distinct on (job_no) tenant_id, 1 from pantry_queue.dependencies where parent_ended)) w
  group by 1 having sum(n) > 0
)
select
  (select coalesce(sum(n), 0)::int from waits) as live,
  (select min(tenant_id) from waits) as tenant,
  (select coalesce(sum(n), 0)::int from pantry_queue.counts
   where user_id = 0 and status in ('finished', 'failed', 'canceled')) as ended,
  coalesce(bool_or(status = 'started' and (phase = 'saving' or state_since < now() - interval '${REACHED_S} seconds')), false)
    as running,
  coalesce(sum(attempts_charged), 0)::int as charged,
  not exists (
    select from waits w where not exists (
      select from pantry_queue.caps c
      where c.tenant_id = w.tenant_id and c.user_id is null and c.kind is null and c.in_flight = 0)) as paused
from pantry_queue.jobs where in_engine`;

export interface Movement {
  /** Jobs that wait or run; what has a later start time does not count. */
  readonly live: number;
  /** One whose jobs these are. */
  readonly tenant: string | null;
  /** The agent reads a job now, or a result is being saved. */
  readonly running: boolean;
  /** Changes whenever a job has come nearer to its end. */
  readonly moved: string;
  readonly paused: boolean;
}

/** Whether jobs come nearer to their ends: those that have ended, and the attempts that count against the others. */
export async function readMovement(db: Db): Promise<Movement> {
  type Row = Omit<Movement, 'moved'> & { ended: number; charged: number };
  const [row] = await db.query<Row>(MOVEMENT);
  if (!row) throw new Error('the queue has no state');
  const { ended, charged, ...rest } = row;
  return { ...rest, moved: `${ended} ended, ${charged} charged` };
}
