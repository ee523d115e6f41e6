import type { Fault } from './check-input.ts';
import { quoted } from './clean-text.ts';
import { LATER } from './policies.ts';

/** With its zone: what time "02:00" is depends on who says it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;
const DAY = 86_400;

/**
 * What keeps a text from being the time at which a job starts. One that has passed is none: the job starts at once.
 * @param text RFC 3339 with `Z` or an offset, a day that exists, no further ahead than `LATER.runAtS`
 */
export function startTimeFault(text: string, nowMs: number): Fault | undefined {
  const [day = ''] = text.split('T');
  // A day that does not exist would be read as one of the next month.
  const exists =
    TIME.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day;
  if (!exists) {
    const message = `run_at must be a time with its zone, as 2026-01-31T02:00:00Z or 2026-01-31T02:00:00+01:00, not ${quoted(text)}.`;
    return { code: 'format', message };
  }
  if (Date.parse(text) > nowMs + LATER.runAtS * 1_000) {
    return { code: 'too_big', message: `run_at must lie at most ${LATER.runAtS / DAY} days ahead, not at ${text}.` };
  }
  return undefined;
}

/** What keeps a number from being a delay. */
export function delayFault(seconds: number): Fault | undefined {
  if (seconds <= LATER.delayS) return undefined;
  const message = `delay_seconds must be at most ${LATER.delayS} (${LATER.delayS / DAY} days), not ${seconds}. For a later start give run_at.`;
  return { code: 'too_big', message };
}
