import type { Schedule, ScheduleRun } from '../contract/operations/schedules.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { shortTime, table } from './table.ts';

const NEXT = (schedule: Schedule) => (schedule.paused === null ? shortTime(schedule.next_at) : 'paused');

export function schedulesText(schedules: readonly Schedule[]): string[] {
  if (schedules.length === 0) return ['No schedules.'];
  return table([
    ['schedule', 'cron', 'zone', 'next (UTC)', 'last'],
    ...schedules.map((each) => [each.name, each.cron, each.time_zone, NEXT(each), each.last?.outcome ?? '–']),
  ]);
}

type Shown = Schedule & Partial<Pick<OutputOf<'getSchedule'>, 'next'>>;

export function scheduleText(schedule: Shown): string[] {
  const { name, user_id, cron, time_zone, overlap, priority, paused, pending_for, last, failing, next } = schedule;
  return [
    `${name}: "${cron}" in ${time_zone}, for ${user_id === null ? 'all users' : `user ${user_id}`}`,
    `  overlap: ${overlap}, priority: ${priority}`,
    ...(paused === null
      ? [`  next: ${shortTime(schedule.next_at)} UTC`]
      : [`  paused by ${paused.by} since ${shortTime(paused.since)}${paused.note === null ? '' : `: ${paused.note}`}`]),
    ...(next ?? []).map(({ at, local }) => `  ${local}  (${shortTime(at)} UTC)`),
    ...(pending_for === null ? [] : [`  the run of ${shortTime(pending_for)} waits`]),
    ...(last === null ? [] : [`  last: ${runLine(last)}`]),
    ...(failing === null
      ? []
      : [`  refused ${failing.times} times since ${shortTime(failing.since)}: ${failing.code}`]),
  ];
}

const OUTCOMES = {
  fired: ({ batch_id, queued, total }) => `${batch_id}: ${queued} new of ${total}`,
  nothing_pending: () => 'nothing was pending',
  overlap: () => 'skipped: the run before had not ended',
  refused: ({ code }) => `refused: ${code}`,
} as const satisfies Readonly<Record<ScheduleRun['outcome'], (run: ScheduleRun) => string>>;

/** What became of one time, in one line. */
export function runLine(run: ScheduleRun): string {
  const { scheduled_for, missed } = run;
  const without =
    missed === null
      ? ''
      : `; ${missed.count} times before it made no run: ${shortTime(missed.first)} to ${shortTime(missed.last)}`;
  return `${shortTime(scheduled_for)}: ${OUTCOMES[run.outcome](run)}${without}`;
}

export function backfillText({ name, times, runs }: OutputOf<'backfillSchedule'>): string[] {
  if (times.length === 0) return [`${name} has no time in that span.`];
  return runs.length === 0
    ? [`${name} would run for:`, ...times.map((each) => `  ${shortTime(each)}`)]
    : runs.map(runLine);
}
