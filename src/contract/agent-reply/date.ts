import { quoted } from '../clean-text.ts';
import type { Read } from './amount.ts';

const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november'],
  'december',
];
/** No receipt of ours is older, and none is of another century. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2099;

const MAX_LETTERS = 64;
const YEAR_FIRST = /^(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})(?:[T ].*)?$/s;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const YEAR_LAST = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})(?:[T ,].*)?$/s;
const DAY_MONTH = /^(\d{1,2})[ .\-/]*([a-z]{3,9})\.?,?[ \-/]*(\d{4})$/i;
const MONTH_DAY = /^([a-z]{3,9})\.? *(\d{1,2})(?:st|nd|rd|th)?,? *(\d{4})$/i;

/** Reads a date that has exactly one reading; what has two, or none, is left out and said. */
export function readDate(value: unknown): Read<string> {
  if (value === null || value === undefined) return { value: null };
  if (typeof value !== 'string' && typeof value !== 'number')
    return { value: null, doubt: `${quoted(value)} is not a date` };
  const text = String(value).slice(0, MAX_LETTERS).trim();
  if (text === '') return { value: null };
  const readings = new Set(candidates(text).filter((date) => date !== undefined));
  if (readings.size === 1) return { value: [...readings][0] ?? null };
  const problem = readings.size === 0 ? 'is not a date that exists' : 'has more than one reading';
  return { value: null, doubt: `${quoted(value)} ${problem}` };
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
  if (y < FIRST_YEAR || y > LAST_YEAR) return undefined;
  const date = new Date(Date.UTC(y, m - 1, d));
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) return undefined;
  return date.toISOString().slice(0, 10);
}
