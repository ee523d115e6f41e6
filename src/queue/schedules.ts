import { invalidArgument } from '../contract/check-input.ts';
import { AppError } from '../contract/errors.ts';
import { PRIORITY_KEYS } from '../contract/job.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { SCHEDULES } from '../contract/schedule-policies.ts';
import {
  changeSchedule,
  countSchedules,
  type Definition,
  deleteSchedule as deleteRow,
  insertSchedule,
  listSchedules,
  readSchedule,
  type ScheduleRow,
} from '../ledger/schedules/schedules.ts';
import { type CronRule, cronFault, localTime, nextAfter, timesAfter } from '../schedules/cron.ts';
import { type Caller, requireEverybody } from './caller.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';
import { noSuchSchedule, scheduleView } from './schedule-view.ts';

const DEFAULTS = { time_zone: 'UTC', priority: 'default', overlap: 'skip' } as const;

export const createSchedule: Handlers['createSchedule'] = async (input, caller) => {
  const { name, cron, time_zone = DEFAULTS.time_zone, overlap = DEFAULTS.overlap } = input;
  if (input.all_users) requireEverybody(caller, input.user_id, 'schedule');
  const user_id = input.all_users ? null : caller.owner;
  const priority = PRIORITY_KEYS[input.priority ?? DEFAULTS.priority];
  const created_by = caller.principal.user;
  const made: Definition = { name, user_id, kind: 'ocr', cron, time_zone, priority, overlap, created_by };
  const { tenant, db } = caller;
  return db.transaction(async (tx) => {
    const { now, of_tenant, of_user } = await countSchedules(tx, tenant, user_id);
    refuseFaulty(made, now);
    const there = await readSchedule(tx, caller, name, { lock: false });
    if (there && isSame(there, made)) return { ...scheduleView(there), created: false };
    if (there) throw taken(name);
    if (of_tenant >= SCHEDULES.ofTenant) throw tooMany(`the tenant has ${SCHEDULES.ofTenant}`);
    if (of_user >= SCHEDULES.ofUser) throw tooMany(`user ${user_id} has ${SCHEDULES.ofUser}`);
    const row = await insertSchedule(tx, tenant, made, nextAfter(made, now));
    if (!row) throw taken(name);
    return { ...scheduleView(row), created: true };
  });
};

/** @throws AppError invalid_argument which field, and an example */
function refuseFaulty(rule: CronRule, now: Date): void {
  const fault = cronFault(rule, now);
  if (fault) throw invalidArgument(fault.field, fault.code, fault.message);
}

const isSame = (row: ScheduleRow, made: Definition): boolean =>
  (['user_id', 'kind', 'cron', 'time_zone', 'priority', 'overlap'] as const).every((each) => row[each] === made[each]);

/** Names are the tenant's: one that is taken says nothing of whose it is. */
function taken(name: string): AppError {
  const message = `The name "${name}" is taken.`;
  return new AppError('schedule_exists', message, {
    fields: [{ pointer: '/name', code: 'schedule_exists', message }],
  });
}

const tooMany = (who: string) => new AppError('too_many_schedules', `There are too many schedules: ${who}.`);

export function createListSchedules(cursors: Cursors): Handlers['listSchedules'] {
  return async (asked, { db, tenant, userId }) => {
    const { rows: schedules, next_cursor } = await listPage(cursors, asked, {
      list: ['list_schedules', tenant, userId ?? null],
      read: (page) => listSchedules(db, { tenant, userId, ...page }),
      view: scheduleView,
      keyOf: ({ schedule_no }) => [schedule_no],
    });
    return { schedules, next_cursor };
  };
}

export const getSchedule: Handlers['getSchedule'] = async ({ name }, caller) => {
  const row = await readSchedule(caller.db, caller, name, { lock: false });
  if (!row) throw noSuchSchedule(name);
  const next = timesAfter(row, row.now, SCHEDULES.nextTimes).map((at) => ({
    at: at.toISOString(),
    local: localTime(at, row.time_zone),
  }));
  return { ...scheduleView(row), next };
};

/** Changes a schedule that nobody fires meanwhile. @param change gives the row as it is to be; undefined: as it is */
function changing(
  caller: Caller,
  name: string,
  change: (row: ScheduleRow) => ScheduleRow | undefined,
): Promise<OutputOf<'pauseSchedule'>> {
  return caller.db.transaction(async (tx) => {
    const row = await readSchedule(tx, caller, name, { lock: true });
    if (!row) throw noSuchSchedule(name);
    const wanted = change(row);
    return { ...scheduleView(wanted ? await changeSchedule(tx, wanted) : row), changed: wanted !== undefined };
  });
}

/** The next time of a schedule from now on, with nothing left to make up for. */
const fromNow = (row: ScheduleRow): ScheduleRow => ({
  ...row,
  next_at: row.paused_at === null ? nextAfter(row, row.now) : null,
  pending_for: null,
});

export const updateSchedule: Handlers['updateSchedule'] = ({ name, priority, ...asked }, caller) =>
  changing(caller, name, (row) => {
    const { cron = row.cron, time_zone = row.time_zone, overlap = row.overlap } = asked;
    const wanted = { ...row, cron, time_zone, overlap, priority: priority ? PRIORITY_KEYS[priority] : row.priority };
    if (cron === row.cron && time_zone === row.time_zone) return wanted;
    refuseFaulty(wanted, row.now);
    return fromNow(wanted);
  });

export const pauseSchedule: Handlers['pauseSchedule'] = ({ name, note }, caller) =>
  changing(caller, name, (row) =>
    row.paused_at === null
      ? fromNow({ ...row, paused_at: row.now, paused_by: `user ${caller.principal.user}`, pause_note: note ?? null })
      : undefined,
  );

export const resumeSchedule: Handlers['resumeSchedule'] = ({ name }, caller) =>
  changing(caller, name, (row) =>
    row.paused_at === null ? undefined : fromNow({ ...row, paused_at: null, paused_by: null, pause_note: null }),
  );

export const deleteSchedule: Handlers['deleteSchedule'] = async ({ name }, caller) => {
  if (!(await deleteRow(caller.db, caller, name))) throw noSuchSchedule(name);
  return { name, deleted: true };
};
