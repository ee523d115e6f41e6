import { Cron } from 'croner';
import type { Fault } from '../contract/check-input.ts';
import { quoted } from '../contract/clean-text.ts';
import { SCHEDULES } from '../contract/schedule-policies.ts';
import { isTimeZone } from '../contract/time-zone.ts';

/** When a schedule fires: a cron expression in a time zone. */
export interface CronRule {
  readonly cron: string;
  readonly time_zone: string;
}

const FIELDS = 5;
const MINUTE_MS = 60_000;
const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/i;
const EXAMPLE = 'Example: "0 2 * * *" is 02:00 every day.';

/** Computes times only: no timer is ever started. */
const parsed = ({ cron, time_zone }: CronRule): Cron => new Cron(cron, { mode: '5-part', timezone: time_zone });

/** @returns the first time after `after`; null when there is none */
export function nextAfter(rule: CronRule, after: Date): Date | null {
  return parsed(rule).nextRun(after);
}

/** @returns up to `limit` times after `after`, in order */
export function timesAfter(rule: CronRule, after: Date, limit: number): Date[] {
  return parsed(rule).nextRuns(limit, after);
}

/** The times from `first`, which is one, up to and including `until`. */
export interface DueTimes {
  readonly latest: Date;
  /** Those before the latest; undefined where there is none. */
  readonly earlier: Missed | undefined;
}

/** Times that made no run, as events and answers tell them. */
export type Missed = {
  count: number | `${typeof SCHEDULES.countedMissed}+`;
  first: string;
  last: string;
};

/** However many there are, at most `SCHEDULES.countedMissed` are counted; the first and the latest are exact. */
export function dueTimes(rule: CronRule, first: Date, until: Date): DueTimes {
  const cron = parsed(rule);
  let count = 0;
  let time = first;
  let before: Date | undefined;
  while (count <= SCHEDULES.countedMissed) {
    const next = cron.nextRun(time);
    if (next === null || next > until) break;
    count++;
    before = time;
    time = next;
  }
  if (before === undefined) return { latest: first, earlier: undefined };
  if (count <= SCHEDULES.countedMissed) {
    return { latest: time, earlier: { count, first: first.toISOString(), last: before.toISOString() } };
  }
  // Times are whole minutes: the end of its minute lies behind `until` where that is one, and before the next one.
  const [latest = time, last = before] = cron.previousRuns(
    2,
    new Date(until.getTime() - (until.getTime() % MINUTE_MS) + MINUTE_MS - 1),
  );
  return {
    latest,
    earlier: { count: `${SCHEDULES.countedMissed}+`, first: first.toISOString(), last: last.toISOString() },
  };
}

/** What is wrong with an expression or its zone, with an example; undefined: it fires at some time after `after`. */
export function cronFault(rule: CronRule, after: Date): (Fault & { readonly field: 'cron' | 'time_zone' }) | undefined {
  const { cron, time_zone } = rule;
  const fault = (code: string, message: string) => ({ field: 'cron' as const, code, message: `${message} ${EXAMPLE}` });
  if (!isTimeZone(time_zone)) {
    const message = `time_zone must be an IANA name as "Europe/Berlin" or "UTC", not ${quoted(time_zone)}.`;
    return { field: 'time_zone', code: 'time_zone', message };
  }
  const fields = cron.trim().split(/\s+/);
  if (!(fields.length === 1 && NICKNAME.test(fields[0] ?? '')) && fields.length !== FIELDS) {
    const what = `cron must have ${FIELDS} fields (minute, hour, day of month, month, day of week), not ${fields.length}`;
    return fault('fields', `${what}: ${quoted(cron)}. Seconds and years are not taken.`);
  }
  let next: Date | null;
  try {
    next = nextAfter(rule, after);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const why = error.message.replace(/^CronPattern: /, '').replace(/\.$/, '');
    return fault('cron', `cron cannot be read: ${quoted(cron)} (${quoted(why).slice(1, -1)}).`);
  }
  return next === null ? fault('never_fires', `cron never fires: no date matches ${quoted(cron)}.`) : undefined;
}

/** A time as clocks of the zone show it, with their offset: `2026-03-29T03:00:00+02:00`. */
export function localTime(time: Date, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(time);
  const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return `${clock.replace(' ', 'T')}${zone?.replace('GMT', '') || '+00:00'}`;
}
