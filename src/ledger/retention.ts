import { AGED } from '../contract/events.ts';
import type { Status } from '../contract/job.ts';
import type { Db } from './db.ts';
import { NOT_IN_HISTORY } from './insight/queue-history-counts.ts';
import { NOT_TOLD } from './webhooks/webhook-events.ts';

/** The last of the removed events, `no_events`, is the floor: no cursor before it is believed any more. */
const RAISE_FLOOR = `last as (
  select (select max(p.epoch) from pantry_queue.epochs p where p.first_id <= e.id) as epoch, e.xid, e.id from no_events e
  order by 1 desc, 2 desc, 3 desc limit 1
), floored as (
  update pantry_queue.ledger l set floor_epoch = last.epoch, floor_xid = last.xid, floor_id = last.id
  from last where (last.epoch, last.xid, last.id) > (l.floor_epoch, l.floor_xid, l.floor_id)
)`;

/** SQL: of the present epoch, and some transaction that began before it is still under way. */
const isNotFinal = (xid: string, id: string) => `${xid} >= pg_snapshot_xmin(pg_current_snapshot())
          and ${id} >= (select max(first_id) from pantry_queue.epochs)`;

/**
 * Events go only when the history has counted them and no webhook waits for them: then every reader could have seen them,
 * since both take what is final.
 */
const EXPIRE = `
with expired as (
  update pantry_queue.jobs j set expired_at = now(), result = null
  where j.job_no in (
    select job_no from pantry_queue.jobs j
    where status = any ($1::text[]) and not live and expired_at is null and ended_at < now() - make_interval(secs => $2)
      and not exists (
        select from pantry_queue.events e
        where e.job_no = j.job_no and (${NOT_IN_HISTORY} or ${NOT_TOLD}))
    order by ended_at limit $3 for update skip locked)
  returning j.job_no
), no_replies as (
  delete from pantry_queue.replies p using expired x where p.job_no = x.job_no
), no_events as (
  delete from pantry_queue.events e using expired x where e.job_no = x.job_no returning e.xid, e.id
), ${RAISE_FLOOR}
select job_no from expired`;

/**
 * Removes replies, events and results of jobs that ended longer ago; never the subject's data or its dedupe key.
 * @param limit jobs a call
 * @returns how many jobs expired now
 */
export async function expireJobs(db: Db, statuses: readonly Status[], afterS: number, limit: number): Promise<number> {
  return (await db.query(EXPIRE, [statuses, afterS, limit])).length;
}

/** Final ones only: one that a reader may still come by is not that old. */
const FORGET = `
with old as materialized (
  select e.xid, e.id from pantry_queue.events e
  -- Which index is meant: schema/0001_ledger.sql.
  where e.job_no is null and e.kind <> 'batch_finished'
    and e.kind in (${AGED.map((kind) => `'${kind}'`).join(', ')}) and e.at < now() - make_interval(secs => $1)
    and not (${isNotFinal('e.xid', 'e.id')})
  order by e.at limit $2
), no_events as (
  delete from pantry_queue.events e using old o where e.xid = o.xid and e.id = o.id returning e.xid, e.id
), ${RAISE_FLOOR}
select id from no_events`;

/**
 * Removes the events that go by their own age: those of schedules, budgets and the breaker.
 * @param limit events a call
 */
export async function forgetEvents(db: Db, afterS: number, limit: number): Promise<number> {
  return (await db.query(FORGET, [afterS, limit])).length;
}

const EXPIRE_BATCHES = `
with expired as (
  update pantry_queue.batches b set expired_at = now()
  where b.batch_no in (
    select batch_no from pantry_queue.batches
    where ended_at is not null and expired_at is null and ended_at < now() - make_interval(secs => $1)
      and not (${isNotFinal('event_xid', 'event_id')})
      and not exists (
        select from pantry_queue.events e where e.xid = event_xid and e.id = event_id and ${NOT_TOLD})
    order by ended_at limit $2 for update skip locked)
  returning b.batch_no, b.event_xid, b.event_id
), no_events as (
  delete from pantry_queue.events e using expired x where e.xid = x.event_xid and e.id = x.event_id
  returning e.xid, e.id
), ${RAISE_FLOOR}
select batch_no from expired`;

/**
 * Removes the events of batches that ended longer ago; how they ended stays in their rows.
 * @param limit batches a call
 * @returns how many expired now
 */
export async function expireBatches(db: Db, afterS: number, limit: number): Promise<number> {
  return (await db.query(EXPIRE_BATCHES, [afterS, limit])).length;
}

/**
 * Ends what has waited for a person longer than it may, as each kind says.
 * @returns the subjects
 */
export async function expireOverdue(db: Db, afterS: number, limit: number): Promise<number[]> {
  const ended: number[] = [];
  for (const { sql } of db.kinds.list) {
    if (sql.overdue === undefined) continue;
    for (const { subject } of await db.query<{ subject: number }>(sql.overdue, [afterS, limit])) ended.push(subject);
  }
  return ended;
}
