import { quoted } from '../clean-text.ts';
import { purchaseDateFault } from '../purchase-date.ts';
import type { Read } from './amount.ts';

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november'],
  'december',
];
/** Where the clocks of computers begin: what a date is that was never set. */
const UNSET = '1970-01-01';

const MAX_LETTERS = 64;
const YEAR_FIRST = /^(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})(?:[T ]\D*)?$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const YEAR_LAST = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})(?:[T ,]\D*)?$/;
/** The time of day behind a date; more digits may be of another date. */
const TIME = /[T ,]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|[a-z]{3,4}|[+-]\d{2}:?\d{2})?$/i;
const DAY_MONTH = /^(\d{1,2})[ .\-/]*([a-z]{3,9})\.?,?[ \-/]*(\d{4})$/i;
const MONTH_DAY = /^([a-z]{3,9})\.? *(\d{1,2})(?:st|nd|rd|th)?,? *(\d{4})$/i;

/** Reads a day of purchase that has exactly one reading; what has two, or none, or cannot be one is left out and said. */
export function readDate(value: unknown, nowMs: number = Date.now()): Read<string> {
  if (value === null || value === undefined) return { value: null };
  if (typeof value !== 'string' && typeof value !== 'number')
    return { value: null, doubt: `${quoted(value)} is not a date` };
  const text = String(value).slice(0, MAX_LETTERS).trim().replace(TIME, '');
  if (text === '') return { value: null };
  const readings = new Set(candidates(text).filter((date) => date !== undefined));
  const [only, other] = readings;
  if (only !== undefined && other === undefined) return bounded(only, value, nowMs);
  const problem = readings.size === 0 ? 'is not a date that exists' : 'has more than one reading';
  return { value: null, doubt: `${quoted(value)} ${problem}` };
}

function bounded(date: string, value: unknown, nowMs: number): Read<string> {
  const isDay = date !== UNSET && purchaseDateFault(date, nowMs) === undefined;
  return isDay ? { value: date } : { value: null, doubt: `${quoted(value)} cannot be a day of purchase` };
}

function candidates(text: string): (string | undefined)[] {
  const compact = COMPACT.exec(text);
  if (compact) return [dateOf(compact[1], compact[2], compact[3])];
  const first = YEAR_FIRST.exec(text);
  if (first) return [dateOf(first[1], first[3], first[4])];
  const last = YEAR_LAST.exec(text);
  if (last) return [dateOf(last[4], last[3], last[1]), dateOf(last[4], last[1], last[3])];
  const dayMonth = DAY_MONTH.exec(text);
  if (dayMonth) return [dateOf(dayMonth[3], monthOf(dayMonth[2]), dayMonth[1])];
  const monthDay = MONTH_DAY.exec(text);
  return monthDay ? [dateOf(monthDay[3], monthOf(monthDay[1]), monthDay[2])] : [];
}

/** A month's English name, or its beginning of three or four letters; 0 when it is none. */
function monthOf(name = ''): number {
  const word = name.toLowerCase();
  return MONTHS.findIndex((month) => month === word || (word.length <= 4 && month.startsWith(word))) + 1;
}

/** @returns undefined when the calendar has no such day */
function dateOf(year: unknown, month: unknown, day: unknown): string | undefined {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const date = new Date(Date.UTC(y, m - 1, d));
  // Date takes years below 100 for those of the last century.
  if (date.getUTCFullYear() !== y) return undefined;
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined;
  return date.toISOString().slice(0, 10);
}
