import type { Db } from './db.ts';

/** A call that has lasted longer has reached the agent. */
const REACHED_S = 10;

const MOVEMENT = `
select
  (select coalesce(sum(n), 0)::int from pantry_queue.counts
   where user_id = 0 and status in ('queued', 'started', 'deferred')) as live,
  (select coalesce(sum(n), 0)::int from pantry_queue.counts
   where user_id = 0 and status in ('finished', 'failed', 'canceled')) as ended,
  coalesce(bool_or(status = 'started' and (phase = 'saving' or state_since < now() - interval '${REACHED_S} seconds')), false)
    as running,
  coalesce(sum(attempts_charged), 0)::int as charged,
  not exists (
    select from pantry_queue.counts l where l.user_id = 0 and l.status in ('queued', 'started', 'deferred') and l.n > 0
      and not exists (
        select from pantry_queue.caps c
        where c.tenant_id = l.tenant_id and c.user_id is null and c.kind is null and c.in_flight = 0)) as paused
from pantry_queue.jobs where in_engine`;

/** Whether jobs come nearer to their ends: those that have ended, and the attempts that count against the others. */
export async function readMovement(
  db: Db,
): Promise<{ live: number; running: boolean; moved: string; paused: boolean }> {
  type Row = { live: number; ended: number; running: boolean; charged: number; paused: boolean };
  const [row] = await db.query<Row>(MOVEMENT);
  if (!row) throw new Error('the queue has no state');
  const { live, running, ended, charged, paused } = row;
  return { live, running, moved: `${ended} ended, ${charged} charged`, paused };
}
