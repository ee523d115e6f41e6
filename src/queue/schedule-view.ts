import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import { priorityOf } from '../contract/job.ts';
import type { Schedule } from '../contract/operations/schedules.ts';
import type { ScheduleRow } from '../ledger/schedules/schedules.ts';
import { nextAfter } from '../schedules/cron.ts';

/** A schedule as answers show it. */
export function scheduleView(row: ScheduleRow): Schedule {
  const { name, user_id, cron, time_zone, overlap, created_by, last_run, failing_since, failures } = row;
  return {
    name,
    user_id,
    cron,
    time_zone,
    overlap,
    priority: priorityOf(row.priority),
    paused: row.paused_at && {
      since: row.paused_at.toISOString(),
      by: row.paused_by ?? 'unknown',
      note: row.pause_note,
    },
    next_at: comingOf(row)?.toISOString() ?? null,
    pending_for: row.pending_for?.toISOString() ?? null,
    last: last_run,
    failing: failing_since && {
      times: failures,
      since: failing_since.toISOString(),
      code: last_run?.code ?? 'internal',
    },
    created_by,
    created_at: row.created_at.toISOString(),
  };
}

/** While a run waits, its row stands at the first time that the run is for. */
const comingOf = (row: ScheduleRow): Date | null =>
  row.next_at !== null && row.next_at <= row.now && row.pending_for !== null ? nextAfter(row, row.now) : row.next_at;

/** Of somebody else it is answered like one that does not exist. */
export function noSuchSchedule(name: string): AppError {
  const message = `There is no schedule ${quoted(name)}.`;
  return new AppError('schedule_not_found', message, {
    fields: [{ pointer: '/name', code: 'schedule_not_found', message }],
  });
}
