import type { DateOrder } from './tables/country.ts';
import { MONTHS, MONTHS_ELSEWHERE } from './tables/dates.ts';
import { fold } from './words.ts';

/** One way to read a printed date. Without an order there is no other. */
export interface DateOption {
  /** YYYY-MM-DD */
  readonly iso: string;
  readonly order: DateOrder | undefined;
}

/** A date as printed, with every day it can mean. */
export interface PrintedDate {
  readonly text: string;
  readonly form: string;
  /** The mark between its numbers. */
  readonly mark: string;
  readonly options: readonly DateOption[];
}

type Parts = readonly [year: string, month: string, day: string];
type Reading = readonly [parts: Parts, order?: DateOrder];

interface DateForm {
  readonly name: string;
  readonly pattern: RegExp;
  readonly read: (groups: readonly string[]) => readonly Reading[];
}

function yearLast(a: string, b: string, year: string): Reading[] {
  return [
    [[year, b, a], 'day first'],
    [[year, a, b], 'month first'],
  ];
}

/** With a year of two digits it may also stand first: 24-03-05. */
function shortYear(a: string, b: string, c: string): Reading[] {
  return [...yearLast(a, b, c), [[a, b, c], 'year first']];
}

/** The forms a date is printed in, most telling first. Text is folded before it is matched. */
const FORMS: readonly DateForm[] = [
  {
    name: 'year first',
    pattern: /(?<!\d)(20\d{2})\s?([-/.年])\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)/g,
    read: ([year = '', , month = '', day = '']) => [[[year, month, day]]],
  },
  {
    // "30.04.20 09:58" with its space lost: the two digits before the colon are the hour.
    name: 'numbers, two-digit year beside the time',
    pattern: /(?<![\d.])(\d{1,2})\s?([-/.,])\s?(\d{1,2})\s?[-/.,:]\s?(\d{2})(?=\s?[0-2]\d:\d{2})/g,
    read: ([a = '', , b = '', c = '']) => shortYear(a, b, c),
  },
  {
    name: 'numbers, four-digit year',
    pattern: /(?<![\d.])(\d{1,2})\s?[-/.,]\s?(\d{1,2})\s?[-/.,]\s?(20\d{2})/g,
    read: ([a = '', b = '', year = '']) => yearLast(a, b, year),
  },
  {
    name: 'eight digits beside the time',
    pattern: /(?<!\d)(\d{2})(\d{2})(20\d{2})(?=\s+\d{1,2}:\d{2})/g,
    read: ([a = '', b = '', year = '']) => yearLast(a, b, year),
  },
  {
    name: 'eight digits beside the time, year first',
    pattern: /(?<!\d)(20\d{2})(\d{2})(\d{2})(?=\s+\d{1,2}:\d{2})/g,
    read: ([year = '', month = '', day = '']) => [[[year, month, day]]],
  },
  {
    name: 'day, month and year in words',
    pattern: /(?<!\d)(\d{1,2}) ?thang ?(\d{1,2}) ?,? ?nam ?(20\d{2})(?!\d)/g,
    read: ([day = '', month = '', year = '']) => [[[year, month, day]]],
  },
  {
    name: 'month by name',
    pattern:
      /(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.? de(?= ))?[-/., ]{0,2}([a-z]{3,9})\.?(?: del?)?[-/., ']{0,3}(20\d{2}|\d{2})(?!\d)/g,
    read: ([day = '', name = '', year = '']) => named(name, year, day),
  },
  {
    name: 'month by name first',
    pattern: /(?<![a-z])([a-z]{3,9})\.?[ /-]?(\d{1,2})(?:st|nd|rd|th)?(?:[,/-] ?| )'?(20\d{2})(?!\d)/g,
    read: ([name = '', day = '', year = '']) => named(name, year, day),
  },
  {
    name: 'month by name first, short year',
    pattern: /(?<![a-z])([a-z]{3,9})\.?[ -]?(\d{1,2})[ ,]{0,2}'(\d{2})(?!\d)/g,
    read: ([name = '', day = '', year = '']) => named(name, year, day),
  },
  {
    name: 'month by name, the time before the year',
    pattern:
      /(?<![a-z])([a-z]{3,9})\.? (\d{1,2}),? \d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?(?: [a-z]{3,4})? (20\d{2})(?!\d)/g,
    read: ([name = '', day = '', year = '']) => named(name, year, day),
  },
  {
    name: 'numbers, two-digit year',
    pattern: /(?<![\d.,/-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{2})(?![\d.,/-]\d|\d)/g,
    read: ([a = '', , b = '', c = '']) => shortYear(a, b, c),
  },
];

function named(name: string, year: string, day: string): Reading[] {
  const of = (table: Readonly<Record<string, number>>): number | undefined =>
    table[name.slice(0, 4)] ?? table[name.slice(0, 3)];
  const month = of(MONTHS) ?? (year.length === 4 ? of(MONTHS_ELSEWHERE) : undefined);
  return month === undefined ? [] : [[[year, String(month), day]]];
}

/** YYYY-MM-DD if the three parts are a day of this century, else undefined. Two-digit years are of this century. */
function isoDate(year: string, month: string, day: string): string | undefined {
  if (year.length !== 2 && year.length !== 4) return undefined;
  const y = year.length === 2 ? 2000 + Number(year) : Number(year);
  const date = new Date(Date.UTC(y, Number(month) - 1, Number(day)));
  const isDay =
    date.getUTCFullYear() === y && date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  return isDay && y >= 2000 ? date.toISOString().slice(0, 10) : undefined;
}

/** Digits and letters the reader takes for one another in the names of months. */
function mended(folded: string): string {
  return folded
    .replace(/[©ø]/g, '0')
    .replace(/(?<![a-z\d])ju[1|i](?=[ .,'-]{0,2}\d)/g, 'jul')
    .replace(/(?<![a-z\d])0ct(?![a-z])/g, 'oct')
    .replace(/(?<![a-z\d])n0v(?![a-z])/g, 'nov');
}

/** All dates printed in a text, by the most telling form that occurs. */
export function datesIn(text: string): PrintedDate[] {
  const folded = mended(fold(text));
  for (const { name, pattern, read } of FORMS) {
    const found = [...folded.matchAll(pattern)].flatMap((match) => {
      const options = read(match.slice(1)).flatMap(([parts, order]): DateOption[] => {
        const iso = isoDate(...parts);
        return iso === undefined ? [] : [{ iso, order }];
      });
      const mark = /[-/.]/.exec(match[0])?.[0] ?? '';
      return options.length === 0 ? [] : [{ text: match[0], form: name, mark, options }];
    });
    if (found.length > 0) return found;
  }
  return [];
}
