import type { ReceiptText, TextLine } from './receipt-text.ts';
import { DATE_WORDS, MONTHS, OTHER_DATE_WORDS } from './tables/dates.ts';
import { fold, hasPhrase } from './words.ts';

/** A day found on the receipt. */
export interface FoundDate {
  /** YYYY-MM-DD */
  readonly iso: string;
  readonly line: TextLine;
  readonly rule: string;
  readonly score: number;
}

interface DateForm {
  readonly name: string;
  readonly pattern: RegExp;
  readonly read: (groups: readonly string[], monthFirst: boolean) => readonly [string, string, string] | undefined;
}

const numeric = (first: string, second: string, year: string, monthFirst: boolean): [string, string, string] => {
  const swap = monthFirst ? Number(second) <= 31 && Number(first) <= 12 : Number(second) > 12 && Number(first) <= 12;
  return swap ? [year, first, second] : [year, second, first];
};

/** The forms a date is printed in, most telling first. Text is folded before it is matched. */
const FORMS: readonly DateForm[] = [
  {
    name: 'year first',
    pattern: /(?<!\d)(20\d{2})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)/g,
    read: ([year = '', month = '', day = '']) => [year, month, day],
  },
  {
    // "30.04.20 09:58" with its space lost: the two digits before the colon are the hour.
    name: 'numbers, two-digit year beside the time',
    pattern: /(?<![\d.])(\d{1,2})\s?[-/.,]\s?(\d{1,2})\s?[-/.,:]\s?(\d{2})(?=\s?[0-2]\d:\d{2})/g,
    read: ([a = '', b = '', year = ''], monthFirst) => numeric(a, b, year, monthFirst),
  },
  {
    name: 'numbers, four-digit year',
    pattern: /(?<![\d.])(\d{1,2})\s?[-/.,]\s?(\d{1,2})\s?[-/.,]\s?(20\d{2})/g,
    read: ([a = '', b = '', year = ''], monthFirst) => numeric(a, b, year, monthFirst),
  },
  {
    name: 'eight digits beside the time',
    pattern: /(?<!\d)(\d{2})(\d{2})(20\d{2})(?=\s+\d{1,2}:\d{2})/g,
    read: ([a = '', b = '', year = ''], monthFirst) => numeric(a, b, year, monthFirst),
  },
  {
    name: 'eight digits beside the time, year first',
    pattern: /(?<!\d)(20\d{2})(\d{2})(\d{2})(?=\s+\d{1,2}:\d{2})/g,
    read: ([year = '', month = '', day = '']) => [year, month, day],
  },
  {
    name: 'month by name',
    pattern: /(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[-/., ]{0,2}([a-z]{3,9})[-/., ']{0,3}(20\d{2}|\d{2})(?!\d)/g,
    read: ([day = '', name = '', year = '']) => monthNamed(name, (month) => [year, month, day]),
  },
  {
    name: 'month by name first',
    pattern: /(?<![a-z])([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?[, ]{1,2}(20\d{2})(?!\d)/g,
    read: ([name = '', day = '', year = '']) => monthNamed(name, (month) => [year, month, day]),
  },
  {
    name: 'numbers, two-digit year',
    pattern: /(?<![\d.,/-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{2})(?![\d.,/-]\d|\d)/g,
    read: ([a = '', , b = '', year = ''], monthFirst) => numeric(a, b, year, monthFirst),
  },
];

function monthNamed(
  name: string,
  build: (month: string) => readonly [string, string, string],
): readonly [string, string, string] | undefined {
  const month = MONTHS[name.slice(0, 4)] ?? MONTHS[name.slice(0, 3)];
  return month === undefined ? undefined : build(String(month));
}

/** YYYY-MM-DD if the three parts are a day of this century, else undefined. Two-digit years are of this century. */
function isoDate(year: string, month: string, day: string): string | undefined {
  const y = year.length === 2 ? 2000 + Number(year) : Number(year);
  const date = new Date(Date.UTC(y, Number(month) - 1, Number(day)));
  const isDay =
    date.getUTCFullYear() === y && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isDay && y >= 2000 ? date.toISOString().slice(0, 10) : undefined;
}

/** All days named in a text, with the form they are printed in. */
export function datesIn(text: string, monthFirst: boolean): { iso: string; rule: string }[] {
  const found: { iso: string; rule: string }[] = [];
  const folded = fold(text).replace(/[©ø]/g, '0');
  for (const form of FORMS) {
    for (const match of folded.matchAll(form.pattern)) {
      const parts = form.read(match.slice(1), monthFirst);
      const iso = parts === undefined ? undefined : isoDate(...parts);
      if (iso !== undefined && !found.some((other) => other.iso === iso)) found.push({ iso, rule: form.name });
    }
    if (found.length > 0) break;
  }
  return found;
}

const TIME = /\b\d{1,2}\s?:\s?\d{2}(?:\s?:\s?\d{2})?|\d:\d{2}\s?(?:am|pm)/i;

/** The day of purchase: named as such, beside a time, or printed more than once; never one to come and never an expiry. */
export function purchaseDate({ lines, country }: ReceiptText, today: string): FoundDate | undefined {
  const monthFirst = country?.dateOrder === 'month first';
  const found: FoundDate[] = [];
  for (const line of lines) {
    for (const { iso, rule } of datesIn(line.text, monthFirst)) {
      if (iso > today) continue;
      found.push({ iso, line, rule: `date: ${rule}`, score: scoreOf(line, lines[line.index - 1], rule) });
    }
  }
  const best = new Map<string, FoundDate>();
  for (const date of found) {
    const seen = best.get(date.iso);
    if (seen === undefined) best.set(date.iso, date);
    else
      best.set(date.iso, {
        ...(date.score > seen.score ? date : seen),
        score: Math.max(date.score, seen.score) + 0.75,
      });
  }
  return [...best.values()].sort((a, b) => b.score - a.score)[0];
}

function scoreOf(line: TextLine, before: TextLine | undefined, form: string): number {
  let score = form === 'numbers, two-digit year' ? 0.8 : 1;
  if (TIME.test(line.text)) score += 1.5;
  if (hasPhrase(line.words, DATE_WORDS)) score += 1.5;
  else if (before !== undefined && hasPhrase(before.words, DATE_WORDS)) score += 1;
  if (hasPhrase(line.words, OTHER_DATE_WORDS)) score -= 3;
  return score;
}
