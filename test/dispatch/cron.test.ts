import { describe, expect, it } from 'vitest';
import { dueTimes, localTime, nextAfter, timesAfter } from '../../src/schedules/cron.ts';

/**
 * The four clock changes: what the clock shows before and after, each in UTC. The rules are those of croner's README:
 * fixed times (one minute, one hour) run once in a repeated hour, at its first pass, and after a gap at its end; all
 * others run in both passes, and skip what a gap leaves out.
 */
const CHANGES = [
  { zone: 'America/New_York', at: '2026-03-08T07:00:00Z', before: -300, after: -240 },
  { zone: 'America/New_York', at: '2026-11-01T06:00:00Z', before: -240, after: -300 },
  { zone: 'Europe/Berlin', at: '2026-03-29T01:00:00Z', before: 60, after: 120 },
  { zone: 'Europe/Berlin', at: '2026-10-25T01:00:00Z', before: 120, after: 60 },
] as const;
type Change = (typeof CHANGES)[number];

const MINUTE_MS = 60_000;
const MARGIN_MIN = 5 * 60;

type Field = '*' | '*/15' | '0,30' | '10-12' | number;
const MINUTES: readonly Field[] = [0, 15, 30, 59, '*', '*/15', '0,30', '10-12'];
const HOURS: readonly Field[] = [0, 1, 2, 3, 4, '*'];

function matches(field: Field, value: number): boolean {
  switch (field) {
    case '*':
      return true;
    case '*/15':
      return value % 15 === 0;
    case '0,30':
      return value === 0 || value === 30;
    case '10-12':
      return value >= 10 && value <= 12;
    default:
      return value === field;
  }
}

/** The documented rule, minute by minute over the hours around the change: no library and no zone data. */
function ruled(change: Change, minute: Field, hour: Field): number[] {
  const changeMin = Date.parse(change.at) / MINUTE_MS;
  const isFixed = typeof minute === 'number' && typeof hour === 'number';
  const wall = (utcMin: number) => utcMin + (utcMin < changeMin ? change.before : change.after);
  const shows = (wallMin: number) => matches(minute, wallMin % 60) && matches(hour, Math.floor(wallMin / 60) % 24);
  const times = new Set<number>();
  for (let utcMin = changeMin - MARGIN_MIN + 1; utcMin <= changeMin + MARGIN_MIN; utcMin++) {
    const isSecondPass = utcMin >= changeMin && wall(utcMin) < changeMin + change.before;
    if (shows(wall(utcMin)) && !(isFixed && isSecondPass)) times.add(utcMin);
  }
  if (isFixed) {
    // What the clock never showed runs at the first minute that it shows.
    for (let skipped = changeMin + change.before; skipped < changeMin + change.after; skipped++) {
      if (shows(skipped)) times.add(changeMin);
    }
  }
  return [...times].sort((one, other) => one - other);
}

describe.each(CHANGES)('the clock change of $zone at $at', (change) => {
  const patterns = MINUTES.flatMap((minute) => HOURS.map((hour) => [`${minute} ${hour} * * *`, minute, hour] as const));

  it.each(patterns)('[Q12] fires %s as the documented rule says', (cron, minute, hour) => {
    const rule = { cron, time_zone: change.zone };
    const start = new Date(Date.parse(change.at) - MARGIN_MIN * MINUTE_MS);
    const end = Date.parse(change.at) + MARGIN_MIN * MINUTE_MS;
    const expected = ruled(change, minute, hour);
    // One more than the rule has would be seen; those of later days only take time.
    const inOneGo = timesAfter(rule, start, expected.length + 1).filter((each) => each.getTime() <= end);
    expect(inOneGo.map((each) => each.getTime() / MINUTE_MS)).toEqual(expected);
    // One firing after the other, each computed from the time of the one before, as the round does it.
    const oneByOne: number[] = [];
    for (let at = nextAfter(rule, start); at !== null && at.getTime() <= end; at = nextAfter(rule, at)) {
      oneByOne.push(at.getTime() / MINUTE_MS);
      if (oneByOne.length > expected.length) break;
    }
    expect(oneByOne).toEqual(expected);
  });
});

it('[Q12] a time that both passes of an hour show is one local time with two offsets', () => {
  const shown = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((each) =>
    localTime(new Date(each), 'Europe/Berlin'),
  );
  expect(shown).toEqual(['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00']);
  expect(localTime(new Date('2026-01-05T00:00:00Z'), 'UTC')).toBe('2026-01-05T00:00:00+00:00');
});

it('[Q12] times that are due end with the one that is now, to the second', () => {
  const rule = { cron: '*/5 * * * *', time_zone: 'UTC' };
  const first = new Date('2026-05-05T10:00:00Z');
  const due = (until: string) => dueTimes(rule, first, new Date(until)).latest.toISOString();
  expect(due('2026-05-05T10:04:59.999Z')).toBe('2026-05-05T10:00:00.000Z');
  expect(due('2026-05-05T10:05:00.000Z')).toBe('2026-05-05T10:05:00.000Z');
  expect(due('2026-06-05T10:04:59.999Z')).toBe('2026-06-05T10:00:00.000Z');
  expect(due('2026-06-05T10:05:00.000Z')).toBe('2026-06-05T10:05:00.000Z');
});
