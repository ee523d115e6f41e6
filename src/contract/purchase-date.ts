import type { Fault } from './check-input.ts';
import { quoted } from './clean-text.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Nobody hands in an older receipt; a year like 0001 or 0202 is a slip of the keyboard. */
const OLDEST_YEAR = 1970;
/** Somewhere it is already tomorrow. */
const AHEAD_MS = 86_400_000;

/**
 * What keeps a text from being the day on which something was bought.
 * @param text `YYYY-MM-DD`, a day that exists, from 1970 to one day ahead of `nowMs`
 */
export function purchaseDateFault(text: string, nowMs: number): Fault | undefined {
  const dayMs = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const exists = !Number.isNaN(dayMs) && new Date(dayMs).toISOString().slice(0, 10) === text;
  if (!exists) {
    return { code: 'format', message: `purchase_date must be a day as YYYY-MM-DD, not ${quoted(text)}.` };
  }
  if (dayMs < Date.UTC(OLDEST_YEAR)) {
    return { code: 'too_small', message: `purchase_date must be ${OLDEST_YEAR}-01-01 or later, not ${text}.` };
  }
  if (dayMs > nowMs + AHEAD_MS) {
    return { code: 'too_big', message: `purchase_date must not lie in the future: ${text}.` };
  }
  return undefined;
}
