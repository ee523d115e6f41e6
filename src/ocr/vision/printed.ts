import { signsOn } from '../fields/currency-signs.ts';
import type { PrintedLine } from '../lanes/messages.ts';

/** Digits with what may stand between them. */
const NUMBER = /\d(?:[\d.,'’ ]*\d)?/g;

/** How an amount may be printed, without the marks between its digits. */
function digitsOf(amount: string): ReadonlySet<string> {
  const [whole = '', fraction = ''] = amount.replace('-', '').split('.');
  return new Set([whole + fraction, whole + fraction.padEnd(2, '0')]);
}

/**
 * Where an amount stands in the print that the local reader found, whatever marks and sign it is printed with.
 * @param after lines before this one are passed over
 * @returns its index; the last one, where it is a sum, which stands below what it sums
 */
export function lineOfAmount(
  lines: readonly PrintedLine[],
  amount: string,
  { after = 0, last = false }: { readonly after?: number; readonly last?: boolean } = {},
): number | undefined {
  const wanted = digitsOf(amount);
  const matches = (line: PrintedLine) =>
    (line.text.match(NUMBER) ?? []).some((number) => wanted.has(number.replace(/\D/g, '')));
  const at = last ? lines.findLastIndex(matches) : lines.findIndex((line, index) => index >= after && matches(line));
  return at < 0 ? undefined : at;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;

/** Where a day stands, in figures or with the English name of its month. */
export function lineOfDay(lines: readonly PrintedLine[], day: string): number | undefined {
  const [year = '', month = '', date = ''] = day.split('-');
  const [y, m, d] = [`(?:${year}|${year.slice(2)})`, `0?${Number(month)}`, `0?${Number(date)}`];
  const gap = '\\s?[./\\-,\\s]\\s?';
  const name = `${MONTHS[Number(month) - 1]}[a-z]*\\.?`;
  const orders = [
    [d, m, y],
    [m, d, y],
    [y, m, d],
    [d, name, y],
    [name, d, y],
  ].map((order) => order.join(gap));
  const compact = `${year}${month}${date}`;
  const pattern = new RegExp(`(?<!\\d)(?:${[...orders, compact].join('|')})(?!\\d)`, 'i');
  const at = lines.findIndex(({ text }) => pattern.test(text));
  return at < 0 ? undefined : at;
}

const plain = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/** Shorter ones stand in too many others. */
const MIN_NAME = 3;

/** Do both name the same, whatever their case, accents and legal forms? */
export function isSameName(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  if (a === b) return a !== '';
  const [short = '', long = ''] = [a, b].sort((left, right) => left.length - right.length);
  return short.length >= MIN_NAME && long.includes(short);
}

/** Where a name stands. */
export function lineOfName(lines: readonly PrintedLine[], name: string): number | undefined {
  const wanted = plain(name);
  if (wanted.length < MIN_NAME) return undefined;
  const at = lines.findIndex(({ text }) => plain(text).includes(wanted));
  return at < 0 ? undefined : at;
}

/** Does a sign or code that may mean this currency stand beside any amount? */
export function isCurrencyPrinted(lines: readonly PrintedLine[], code: string): boolean {
  return lines.some(({ text }) => signsOn(text).some(({ sign }) => sign.codes.includes(code)));
}
