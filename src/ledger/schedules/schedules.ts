import type { Overlap, ScheduleRun } from '../../contract/operations/schedules.ts';
import { SCHEDULES } from '../../contract/schedule-policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

export type ScheduleRow = {
  schedule_no: number;
  tenant_id: string;
  name: string;
  user_id: number | null;
  kind: string;
  cron: string;
  time_zone: string;
  priority: number;
  overlap: Overlap;
  paused_at: Date | null;
  paused_by: string | null;
  pause_note: string | null;
  next_at: Date | null;
  pending_for: Date | null;
  last_batch_id: string | null;
  last_run: ScheduleRun | null;
  failures: number;
  failing_since: Date | null;
  created_by: number;
  created_at: Date;
  /** Of the ledger's clock, which all times of schedules are of. */
  now: Date;
};

const COLUMNS = `s.schedule_no, s.tenant_id, s.name, s.user_id, s.kind, s.cron, s.time_zone, s.priority, s.overlap,
  s.paused_at, s.paused_by, s.pause_note, s.next_at, s.pending_for, s.last_batch_id, s.last_run, s.failures,
  s.failing_since, s.created_by, s.created_at, clock_timestamp() as now`;

/** Whose schedules a caller may see and change: all of a tenant, or those of one user. */
export interface ScheduleOwner {
  readonly tenant: string;
  readonly userId: number | undefined;
}

/** What a schedule is, besides when it fires next. */
export type Definition = Pick<
  ScheduleRow,
  'name' | 'user_id' | 'kind' | 'cron' | 'time_zone' | 'priority' | 'overlap' | 'created_by'
>;

const OWN = 's.tenant_id = $1 and s.name = $2 and ($3::bigint is null or s.user_id = $3)';

/**
 * @param lock held until the transaction ends: nobody fires or changes it meanwhile
 * @returns undefined when there is none, or it is somebody else's
 */
export async function readSchedule(
  db: Queryable,
  { tenant, userId }: ScheduleOwner,
  name: string,
  { lock }: { readonly lock: boolean },
): Promise<ScheduleRow | undefined> {
  const text = `select ${COLUMNS} from pantry_queue.schedules s where ${OWN} ${lock ? 'for update' : ''}`;
  return (await db.query<ScheduleRow>(text, [tenant, name, userId ?? null]))[0];
}

const IN_ORDER = keyset('asc', [{ sql: 's.schedule_no', type: 'bigint' }]);

/** The oldest first. */
export function listSchedules(
  db: Db,
  { tenant, userId, after, limit }: ScheduleOwner & { after: Key | undefined; limit: number },
): Promise<ScheduleRow[]> {
  const own = userId === undefined ? '' : 'and s.user_id = $3';
  const values = [tenant, limit, ...(userId === undefined ? [] : [userId])];
  return db.search.query<ScheduleRow>(
    `select ${COLUMNS} from pantry_queue.schedules s
     where s.tenant_id = $1 and s.schedule_no > 0 ${own} and ${IN_ORDER.after(after, values.length + 1)} ${IN_ORDER.orderBy} limit $2`,
    [...values, ...(after ?? [])],
  );
}

/** Callers who make schedules in one tenant wait for each other, so that they are counted one by one. */
const ALONE = `select pg_advisory_xact_lock(hashtextextended('pantry_queue schedules of ' || $1, 0)), clock_timestamp() as now`;

const COUNT = `
select (select count(*)::int from (
    select from pantry_queue.schedules where tenant_id = $1 and schedule_no > 0 limit ${SCHEDULES.ofTenant}) t) as of_tenant,
  (select count(*)::int from (
    select from pantry_queue.schedules where tenant_id = $1 and user_id = $2 limit ${SCHEDULES.ofUser}) u) as of_user`;

const INSERT = `
insert into pantry_queue.schedules as s
  (tenant_id, name, user_id, kind, cron, time_zone, priority, overlap, created_by, next_at, wake_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
on conflict (tenant_id, name) do nothing
returning ${COLUMNS}`;

/** Locks the schedules of a tenant against further ones, until the transaction ends. */
export async function countSchedules(
  tx: Queryable,
  tenant: string,
  userId: number | null,
): Promise<{ now: Date; of_tenant: number; of_user: number }> {
  const [clock] = await tx.query<{ now: Date }>(ALONE, [tenant]);
  const [counts] = await tx.query<{ of_tenant: number; of_user: number }>(COUNT, [tenant, userId]);
  if (!clock || !counts) throw new Error('a statement of one row gave none');
  return { now: clock.now, ...counts };
}

/** @returns undefined when the name is taken */
export async function insertSchedule(
  tx: Queryable,
  tenant: string,
  made: Definition,
  nextAt: Date | null,
): Promise<ScheduleRow | undefined> {
  const { name, user_id, kind, cron, time_zone, priority, overlap, created_by } = made;
  const values = [tenant, name, user_id, kind, cron, time_zone, priority, overlap, created_by, nextAt];
  return (await tx.query<ScheduleRow>(INSERT, values))[0];
}

const CHANGE = `
update pantry_queue.schedules s set cron = $2, time_zone = $3, priority = $4, overlap = $5, next_at = $6, pending_for = $7,
  wake_at = case when $7::timestamptz is null then $6 else least($6, clock_timestamp()) end,
  paused_at = $8, paused_by = $9, pause_note = $10
where s.schedule_no = $1 returning ${COLUMNS}`;

/** Writes what a person has changed of a row that the transaction holds. */
export async function changeSchedule(tx: Queryable, row: ScheduleRow): Promise<ScheduleRow> {
  const values = [
    ...[row.schedule_no, row.cron, row.time_zone, row.priority, row.overlap, row.next_at, row.pending_for],
    ...[row.paused_at, row.paused_by, row.pause_note],
  ];
  const [changed] = await tx.query<ScheduleRow>(CHANGE, values);
  if (!changed) throw new Error('a schedule that was locked is not there');
  return changed;
}

/** @returns whether there was one */
export async function deleteSchedule(db: Db, { tenant, userId }: ScheduleOwner, name: string): Promise<boolean> {
  const values = [tenant, name, userId ?? null];
  const rows = await db.query(`delete from pantry_queue.schedules s where ${OWN} returning s.schedule_no`, values);
  return rows.length > 0;
}

/** A schedule whose runs are refused again and again. */
export type FailingSchedule = { name: string; code: string; failures: number; since: Date };

const MOST_SHOWN = 10;

/** @param userId 0 = of everybody in the tenant */
export function failingSchedules(db: Queryable, tenant: string, userId: number): Promise<FailingSchedule[]> {
  return db.query<FailingSchedule>(
    `select name, coalesce(last_run ->> 'code', 'internal') as code, failures, failing_since as since
     from pantry_queue.schedules
     where tenant_id = $1 and failing_since is not null and failures >= ${SCHEDULES.troubledAfter}
       and ($2::bigint = 0 or user_id = $2)
     order by failing_since limit ${MOST_SHOWN}`,
    [tenant, userId],
  );
}
