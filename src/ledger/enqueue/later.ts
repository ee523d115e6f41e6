import type { JobKey } from '../../contract/job.ts';
import { GIVE_UP_AFTER_S, LATER } from '../../contract/policies.ts';
import type { Db } from '../db.ts';
import { recordEvent } from '../event.ts';

/** Jobs whose time has come wait for their turn from now on. */
const RELEASE = `
with due as materialized (
  select job_no from pantry_queue.jobs where status = 'scheduled' and run_at <= now()
  order by run_at limit $1 for update skip locked
), released as (
  update pantry_queue.jobs j set status = 'queued', phase = 'admission'
  where j.job_no = any (array(select job_no from due))
  returning j.*
), recorded as (
  ${recordEvent('released', 'released', { data: `jsonb_build_object('by', 'time')` })}
)
select count(*)::int as released from released`;

/** @returns how many jobs were released */
export async function releaseScheduled(db: Db): Promise<number> {
  const [row] = await db.query<{ released: number }>(RELEASE, [LATER.slice]);
  return row?.released ?? 0;
}

const START_NOW = `
with asked as materialized (
  select job_no from pantry_queue.jobs
  where kind = $1 and subject = $2 and generation = $3 and status = 'scheduled' for update skip locked
), released as (
  update pantry_queue.jobs j set status = 'queued', phase = 'admission', run_at = now(),
    give_up_at = now() + interval '${GIVE_UP_AFTER_S} seconds'
  from asked a where j.job_no = a.job_no
  returning j.*
)
${recordEvent('released', 'released', { data: `jsonb_build_object('by', 'request')` })}
returning job_no`;

/** Lets a scheduled job wait for its turn before its time. @returns whether it was scheduled */
export async function startNow(db: Db, { kind, subject, generation }: JobKey): Promise<boolean> {
  return (await db.query(START_NOW, [kind, subject, generation])).length > 0;
}

const NEXT = `
select extract(epoch from run_at - clock_timestamp())::float8 * 1000 as ms from pantry_queue.jobs
where status = 'scheduled' order by run_at limit 1`;

/** @returns in how many milliseconds the next job is due, by the clock of the database; undefined: none is scheduled */
export async function nextScheduledMs(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ ms: number }>(NEXT);
  return row?.ms;
}
