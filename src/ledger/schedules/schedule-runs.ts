import type { ScheduleRun } from '../../contract/operations/schedules.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { recordEvent } from '../event.ts';
import type { ScheduleRow } from './schedules.ts';

/**
 * Of kinds that this program knows, those that have waited longest first.
 * @param page `seen`: without these; `now` in place of the ledger's clock
 */
export async function dueSchedules(
  db: Db,
  { limit, seen = [], now }: { limit: number; seen?: readonly number[]; now?: Date },
): Promise<number[]> {
  const rows = await db.query<{ schedule_no: number }>(
    `select schedule_no from pantry_queue.schedules
     where wake_at <= coalesce($2, now()) and kind = any ($3::text[]) and schedule_no <> all ($4::bigint[])
     order by wake_at limit $1`,
    [limit, now ?? null, db.kinds.names, seen],
  );
  return rows.map((row) => row.schedule_no);
}

const NEXT = `
select extract(epoch from wake_at - clock_timestamp())::float8 * 1000 as ms from pantry_queue.schedules
where wake_at is not null and kind = any ($1::text[]) order by wake_at limit 1`;

/** @returns in how many milliseconds the next schedule is due, by the clock of the database; undefined: none ever is */
export async function nextScheduleMs(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ ms: number }>(NEXT, [db.kinds.names]);
  return row?.ms;
}

/** A schedule that is to be fired, and whether the batch of its last run has not ended. */
export type DueSchedule = ScheduleRow & { readonly overlaps: boolean };

/**
 * The process that holds the row fires; one that was fired meanwhile is not due any more. As a CASE, so that the planner takes the
 * key and not the index of all that are due.
 */
const CLAIM = `
select s.schedule_no, s.tenant_id, s.name, s.user_id, s.kind, s.cron, s.time_zone, s.priority, s.overlap, s.paused_at,
  s.paused_by, s.pause_note, s.next_at, s.pending_for, s.last_batch_id, s.last_run, s.failures, s.failing_since,
  s.created_by, s.created_at, coalesce($2, now()) as now,
  -- Not as a condition: the index of all open batches would be read for it.
  coalesce((select b.ended_at is null from pantry_queue.batches b where b.batch_id = s.last_batch_id), false) as overlaps
from pantry_queue.schedules s
where s.schedule_no = $1 and case when s.wake_at <= coalesce($2, now()) then true else false end for update skip locked`;

export async function claimDue(tx: Queryable, scheduleNo: number, now?: Date): Promise<DueSchedule | undefined> {
  return (await tx.query<DueSchedule>(CLAIM, [scheduleNo, now ?? null]))[0];
}

/** Has the batch of the last run not ended? */
export async function overlaps(tx: Queryable, batchId: string | null): Promise<boolean> {
  const text = 'select ended_at is null as open from pantry_queue.batches where batch_id = $1';
  const [batch] = batchId === null ? [] : await tx.query<{ open: boolean }>(text, [batchId]);
  return batch?.open ?? false;
}

/** Which schedule a batch is of; the transaction that has accepted it says so. */
export async function nameBatch(
  tx: Queryable,
  batchId: string,
  row: Pick<ScheduleRow, 'name' | 'created_by' | 'user_id'>,
) {
  // The batch of a whole tenant belongs to the user who made the schedule.
  const text = 'update pantry_queue.batches set schedule = $2, user_id = $3 where batch_id = $1';
  await tx.query(text, [batchId, row.name, row.user_id ?? row.created_by]);
}

/** Where a schedule stands after a run. */
export interface Moved {
  readonly nextAt: Date | null;
  readonly pendingFor: Date | null;
  /** When a round looks at what is pending. */
  readonly tryAt: Date | null;
}

/** Event and row are one statement. A run that was refused counts; any other ends the count. */
const RECORD = `
with moved as (
  update pantry_queue.schedules s set next_at = $3, pending_for = $4, wake_at = least($3, $5::timestamptz),
    last_at = clock_timestamp(), last_run = $2::jsonb, last_outcome = $2::jsonb ->> 'outcome',
    last_batch_id = coalesce($2::jsonb ->> 'batch_id', s.last_batch_id),
    failures = case $2::jsonb ->> 'outcome' when 'refused' then s.failures + 1 else 0 end,
    failing_since = case $2::jsonb ->> 'outcome' when 'refused' then coalesce(s.failing_since, clock_timestamp()) end
  where s.schedule_no = $1
  returning s.name, s.tenant_id, null::bigint as job_no, coalesce(s.user_id, s.created_by) as user_id,
    $2::jsonb ->> 'batch_id' as batch_id, $2::jsonb ->> 'outcome' in ('fired', 'nothing_pending') as is_run
)
${recordEvent(
  'moved',
  {
    sql: "case when is_run then 'schedule_fired' else 'schedule_skipped' end",
    among: ['schedule_fired', 'schedule_skipped'],
  },
  {
    state: 'null',
    run: 'null::int',
    data: `jsonb_build_object('schedule', name, 'scheduled_for', $2::jsonb -> 'scheduled_for', 'trigger', $2::jsonb -> 'trigger',
      'missed', $2::jsonb -> 'missed') || case when is_run then '{}' else jsonb_build_object('code', $2::jsonb -> 'code') end`,
  },
)}`;

export async function recordRun(tx: Queryable, scheduleNo: number, run: ScheduleRun, to: Moved): Promise<void> {
  await tx.query(RECORD, [scheduleNo, JSON.stringify(run), to.nextAt, to.pendingFor, to.tryAt]);
}

/** Its run waits for the one before: `next_at` stays, so that the run tells of all times that it is for. */
export async function postpone(tx: Queryable, scheduleNo: number, pendingFor: Date, tryAt: Date): Promise<void> {
  await tx.query('update pantry_queue.schedules set pending_for = $2, wake_at = $3 where schedule_no = $1', [
    scheduleNo,
    pendingFor,
    tryAt,
  ]);
}
