import type { ReadingContext } from '../context.ts';
import type { Decision } from './country.ts';
import { type DateOption, datesIn, type PrintedDate } from './date-forms.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { COUNTRIES } from './tables/countries.ts';
import type { DateOrder } from './tables/country.ts';
import { DATE_WORDS, OTHER_DATE_WORDS } from './tables/dates.ts';
import { hasPhrase } from './words.ts';

/** A day found on the receipt. */
export interface FoundDate {
  /** YYYY-MM-DD */
  readonly iso: string;
  readonly line: TextLine;
  readonly rule: string;
  readonly score: number;
  /** Why it may be another day, in words. */
  readonly doubt: string | undefined;
}

/** The day of purchase, if one was found, with what is in doubt. */
export interface PurchaseDate {
  readonly found: FoundDate | undefined;
  readonly doubts: readonly string[];
}

/** The order of numbers on this receipt, and whether it is more than a habit. */
interface Order {
  readonly value: DateOrder;
  readonly isCertain: boolean;
}

const TIME = /\b\d{1,2}\s?:\s?\d{2}(?:\s?:\s?\d{2})?|\d:\d{2}\s?(?:am|pm)/i;
/** Two dates this near in score are both likely. */
const CLOSE = 0.5;
/** Below this the words around a date say that it is another one than the day of purchase. */
const LEAST_SCORE = 0.5;
const DAY_MS = 86_400_000;

/** The day of purchase: named as such, beside a time, or printed more than once; never one to come and never an expiry. */
export function purchaseDate({ lines, countries }: ReceiptText, { today, country }: ReadingContext): PurchaseDate {
  const printed = lines.flatMap((line) => datesIn(line.text).map((date) => ({ line, date })));
  const order = orderOf(
    printed.map(({ date }) => date),
    bySaid(
      countries.decide((each) => each.dateOrder),
      country,
    ),
    today,
  );
  const found = new Map<string, FoundDate>();
  for (const { line, date } of printed) {
    const read = resolve(date, date.mark === '.' ? orderWithDots(order, date) : order, today);
    if (read === undefined) continue;
    const score = scoreOf(line, lines[line.index - 1], date.form);
    const seen = found.get(read.iso);
    const better = seen === undefined || score > seen.score ? { line, rule: `date: ${date.form}`, score } : seen;
    const bonus = seen === undefined ? 0 : 0.75;
    const doubt = seen !== undefined && seen.doubt === undefined ? undefined : read.doubt;
    found.set(read.iso, { ...better, iso: read.iso, score: better.score + bonus, doubt });
  }
  const [best, second] = [...found.values()].sort((a, b) => b.score - a.score);
  if (best === undefined) {
    const isToCome = printed.length > 0 ? `The date ${printed[0]?.date.text} lies in the future. ` : '';
    return { found: undefined, doubts: [`${isToCome}No date of purchase was found.`] };
  }
  const doubt = best.doubt ?? otherDoubt(best, second);
  return { found: { ...best, doubt }, doubts: doubt === undefined ? [] : [doubt] };
}

function otherDoubt(best: FoundDate, second: FoundDate | undefined): string | undefined {
  if (best.score < LEAST_SCORE)
    return `The only date, ${best.iso}, stands beside words of another day than the purchase.`;
  if (second === undefined || best.score - second.score >= CLOSE) return undefined;
  return `Two dates are printed, ${best.iso} and ${second.iso}; the day of purchase is not certain.`;
}

/** What is said of the country decides where the print does not; where the two differ, neither is certain. */
function bySaid(printed: Decision<DateOrder>, country: string | undefined): Decision<DateOrder> {
  const said = COUNTRIES.find(({ code }) => code === country)?.dateOrder;
  if (said === undefined) return printed;
  if (printed.isCertain && printed.value !== said) return { value: printed.value, isCertain: false };
  return { value: said, isCertain: true };
}

/** The country decides, and a date of this receipt that can be read in one order only; where these differ, neither is certain. */
function orderOf(dates: readonly PrintedDate[], country: Decision<DateOrder>, today: string): Order {
  const shown = new Set(
    dates.flatMap(({ mark, options: [only, ...others] }) =>
      only?.order === undefined || mark === '.' || others.length > 0 || daysBefore(only.iso, today) < -1
        ? []
        : [only.order],
    ),
  );
  const [order] = shown;
  if (order === undefined || shown.size > 1)
    return { value: country.value ?? 'day first', isCertain: country.isCertain && shown.size === 0 };
  if (country.isCertain && country.value !== order) return { value: country.value ?? order, isCertain: false };
  return { value: order, isCertain: true };
}

/** Dots stand between day, month and year, in this order; where months come first that is in doubt. */
function orderWithDots(order: Order, { options }: PrintedDate): Order {
  if (order.value === 'month first') return { value: 'month first', isCertain: false };
  const mayBeginWithYear = order.value === 'year first' && options.some((option) => option.order === 'year first');
  return mayBeginWithYear ? order : { value: 'day first', isCertain: true };
}

/** The day a printed date means. Days to come are none; what may as well be another day is in doubt. */
function resolve(
  date: PrintedDate,
  order: Order,
  today: string,
): { iso: string; doubt: string | undefined } | undefined {
  const preferred = date.options.find((option) => option.order === order.value) ?? date.options[0];
  if (preferred === undefined) return undefined;
  const past = date.options.filter(({ iso }) => daysBefore(iso, today) >= -1);
  const others = past.filter(({ iso }) => iso !== preferred.iso);
  if (!past.includes(preferred)) {
    // The order that is certain gives a day to come: another order would be a guess.
    const [other] = order.isCertain ? [] : others;
    return other === undefined ? undefined : { iso: other.iso, doubt: twoWays(date, other, [preferred]) };
  }
  if (others.length === 0) return { iso: preferred.iso, doubt: undefined };
  const later = laterYear(date, preferred, others, today);
  if (later !== undefined) return { iso: later.iso, doubt: twoWays(date, later, [preferred]) };
  const isFixed = preferred.order === order.value && order.isCertain && !isLongAgo(date, preferred, others, today);
  return { iso: preferred.iso, doubt: isFixed ? undefined : twoWays(date, preferred, others) };
}

/** Receipts are new: a two-digit year long past gives way to another number that is a year just past. */
const OLD_DAYS = 15 * 365;
const NEW_DAYS = 4 * 365;

function laterYear(
  date: PrintedDate,
  chosen: DateOption,
  others: readonly DateOption[],
  today: string,
): DateOption | undefined {
  if (!date.form.includes('two-digit') || daysBefore(chosen.iso, today) <= OLD_DAYS) return undefined;
  return others.find(({ iso }) => daysBefore(iso, today) <= NEW_DAYS);
}

/** 24-03-12 may be 2024 even where days come first, if that is so much nearer. */
function isLongAgo(date: PrintedDate, chosen: DateOption, others: readonly DateOption[], today: string): boolean {
  if (date.mark !== '-' || daysBefore(chosen.iso, today) <= NEW_DAYS) return false;
  return others.some(({ iso, order }) => order === 'year first' && daysBefore(iso, today) <= NEW_DAYS);
}

function daysBefore(iso: string, today: string): number {
  return (Date.parse(today) - Date.parse(iso)) / DAY_MS;
}

function twoWays(date: PrintedDate, chosen: DateOption, others: readonly DateOption[]): string {
  const ways = [...new Set([chosen.iso, ...others.map(({ iso }) => iso)])].join(' or ');
  return `The date ${date.text} may be ${ways}.`;
}

function scoreOf(line: TextLine, before: TextLine | undefined, form: string): number {
  let score = form === 'numbers, two-digit year' ? 0.8 : 1;
  if (TIME.test(line.text)) score += 1.5;
  if (hasPhrase(line.words, DATE_WORDS)) score += 1.5;
  else if (before !== undefined && hasPhrase(before.words, DATE_WORDS)) score += 1;
  if (hasPhrase(line.words, OTHER_DATE_WORDS)) score -= 3;
  return score;
}
