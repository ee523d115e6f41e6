import { SIGN, SIGN_AFTER, SIGN_BEFORE } from './currency-signs.ts';
import { type Digits, type NumberStyle, parseDigits } from './digits.ts';
import { GROUP_BLANK } from './tables/notations.ts';
import { CREDIT_MARK } from './tables/refunds.ts';

/** A number as printed on a line. */
export interface PrintedNumber extends Digits {
  /** `value` is always positive. */
  readonly minus: boolean;
  /** The minus is a dash between two blanks, which may as well part a word from its amount. */
  readonly looseMinus: boolean;
  /** Digits and a mark beside it were not understood: it may be the head or the tail of a larger number. */
  readonly partial: boolean;
  readonly start: number;
  readonly end: number;
  /** Letters that follow without a space: a unit or a tax letter. */
  readonly suffix: string;
  /** A currency sign or code stands directly beside it. */
  readonly currency: boolean;
  /** A multiplication sign stands directly before or after. */
  readonly times: boolean;
}

const MARKED = new RegExp(`\\d+(?:[.,'${GROUP_BLANK}]\\d+)*`, 'g');

/** Decides how decimals are written, by the majority of amounts with decimals. `usual` decides a tie. */
export function numberStyle(
  text: string,
  usual: '.' | ',',
  priceDecimals: 0 | 2 | 3,
  blankGroups = false,
): NumberStyle {
  const votes = { '.': 0, ',': 0 };
  for (const [token] of text.matchAll(MARKED)) {
    const mark = /([.,])\d{2}$/.exec(token)?.[1];
    if (mark !== '.' && mark !== ',') continue;
    if (token.slice(0, -3).includes(mark)) continue;
    votes[mark]++;
  }
  const decimalMark = votes['.'] === votes[','] ? usual : votes['.'] > votes[','] ? '.' : ',';
  return { decimalMark, priceDecimals, blankGroups };
}

/** Mends what the reader does to numbers: spaces around the decimal mark, letters for zeros. Keeps the length where it can. */
export function mendNumbers(text: string): string {
  return text
    .replace(/(?<=(?<!\d)\d{1,3}) ?([.,']) ?(?=\d{3}[.,]\d{2}(?!\d))/g, '$1')
    .replace(/(?<![\d.,])(\d{1,4}) ([.,]\d{2})(?![\d.,])/g, '$1$2')
    .replace(/(?<![\d.,])(\d{1,4}[.,]) (\d{2})(?![\d.,/:])/g, '$1$2')
    .replace(/((?:RM|[€$£])\s?\d{1,4}):(\d{2})(?![\d:])/g, '$1.$2')
    .replace(/(?<=(?:RM|[$€])\s?\d) (?=\d{1,3}[.,]\d{2}(?!\d))/g, '')
    .replace(/(?<=RM|\$|€|^|\s)[oO](?=[.,]\d{2}(?!\d))/g, '0')
    .replace(/(?<=\d[.,])[oOD](?=\d(?!\d))/g, '0')
    .replace(/(?<=(?<![\d.,])\d{1,4}[.,]\d)[oOD](?![\p{L}\d])/gu, '0')
    .replace(/(?<=(?<![\d.,])\d{1,4}[.,])[oO]{2}(?![\p{L}\d])/gu, '00')
    .replace(/(?<=\d)(?<![.,]\d{1,2})([.,])-{1,2}(?![\p{L}\d-])/gu, (_, mark: string) => `${mark}00`)
    .replace(/(?<=\d)(?<![.,:]\d{1,2}):-(?![\p{L}\d-])/gu, ',00');
}

/** Puts the mark into a price whose mark was not read ("RM 15 15"). Only for lines where no price was found. */
export function mendMark(text: string): string {
  return text.replace(/((?:RM|EUR|[$€])\s?-?\d{1,4}) (\d{2})(?=\D*$)/, '$1.$2');
}

const MEASURES = /^(?:l|ml|cl|kg|g|gr|cm|mm|m|v|w)$/i;
const NUMBER = /\d+(?:[.,']\d+)*|(?<![\d.,])[.,]\d{2}(?![\d.,])/g;
/** Groups behind the first are whole: "1 309,00", never "2 55,90". */
const BLANK_GROUPED = new RegExp(
  `(?<![\\d.,'])\\d{1,3}(?:${GROUP_BLANK}\\d{3}(?!\\d))+(?:[.,]\\d{1,3}(?!\\d))?|${NUMBER.source}`,
  'g',
);

/** All numbers of a line that could be amounts, quantities or prices: no dates, times, phone numbers, rates or parts of words. */
export function findNumbers(text: string, style: NumberStyle): PrintedNumber[] {
  const numbers: PrintedNumber[] = [];
  const joined = style.blankGroups ? text : text.replace(SURELY_JOINED, (part) => part.replaceAll(GROUP_BLANK, "'"));
  for (const match of joined.matchAll(style.blankGroups ? BLANK_GROUPED : NUMBER)) {
    const start = match.index;
    const end = start + match[0].length;
    const before = joined.slice(0, start);
    const after = joined.slice(end);
    if (isPartOfSomething(before, after, match[0])) continue;
    const parsed = parseDigits(match[0], style);
    if (parsed === undefined) continue;
    const suffix = /^\p{L}*/u.exec(after)?.[0] ?? '';
    numbers.push({
      ...parsed,
      ...signOf(before, after),
      partial: isPartOfNumber(match[0], before, after),
      start,
      end,
      suffix,
      currency: SIGN_BEFORE.test(before) || SIGN_AFTER.test(after),
      times: TIMES_BEFORE.test(before) || /^\s?[x×*@](?![\p{L}])/iu.test(after),
    });
  }
  return numbers;
}

/** A sign or a minus before the first group leaves no room for a quantity. */
const SURELY_JOINED = new RegExp(
  `(?<=${SIGN}\\.?\\s?-?\\s?|(?:^|\\s)-\\s?)\\d{1,3}(?:${GROUP_BLANK}\\d{3})+(?!\\d)`,
  'gu',
);
/** A mark that no rule knows between two digits: 1;250.00. Signs of currencies, of sums and of lists are known. */
const UNKNOWN_MARK = String.raw`[^\d\s\p{L}\p{Sc}*@×()[\]|%+=#&/-]{1,2}`;
const UNREAD_HEAD = new RegExp(`\\d\\s?${UNKNOWN_MARK}$`, 'u');
/** The same with a blank behind the mark, which then must leave a whole group: 1; 250.00, but not 15" 80.90. */
const UNREAD_HEAD_APART = new RegExp(`\\d${UNKNOWN_MARK}\\s$`, 'u');
const UNREAD_TAIL = new RegExp(`^\\s?${UNKNOWN_MARK}\\s?\\d{3}(?!\\d)`, 'u');

/** A one as readers take it for letters: "l2.50" may be 12.50. */
const LIKE_ONE = /(?:^|[\s:])[lI|!]$/;

/** Whether a number is only the head or the tail of a larger one. No amount begins with two zeros. */
function isPartOfNumber(token: string, before: string, after: string): boolean {
  if (UNREAD_HEAD.test(before) || UNREAD_TAIL.test(after) || /^0\d/.test(token)) return true;
  if (LIKE_ONE.test(before)) return true;
  return /^\d{3}(?!\d)/.test(token) && UNREAD_HEAD_APART.test(before);
}

const TIMES_BEFORE = new RegExp(`[x×*@]\\s?${SIGN}?\\s?$`, 'iu');

const MINUS_BEFORE = new RegExp(`(?:^|[^\\p{L}\\d])-\\s?${SIGN}?\\.?\\s?$|${SIGN}\\.?\\s?-\\s?$`, 'u');
const LOOSE_BEFORE = new RegExp(`(?:^|[\\p{L}\\d:.)] ?)- (?:${SIGN}\\.? ?)?$`, 'u');
const OPENED = new RegExp(`([(<[])\\s?-?\\s?${SIGN}?\\.?\\s?-?\\s?$`, 'u');
const CLOSED = new RegExp(`^\\s?${SIGN}?\\s?([)>\\]])`, 'u');
const PAIRS: ReadonlySet<string> = new Set(['()', '<>', '[]']);

/** Minus signs before and behind, brackets around, or the letters of a credit. */
function signOf(before: string, after: string): Pick<PrintedNumber, 'minus' | 'looseMinus'> {
  const isBracketed = PAIRS.has(`${OPENED.exec(before)?.[1]}${CLOSED.exec(after)?.[1]}`);
  const isCredit = CREDIT_MARK.test(after.replace(SIGN_AFTER, ''));
  const isMinusBehind =
    /^\s?-(?![\d\p{L}])|^-[A-Z](?![\p{L}\d])/u.test(after.replace(SIGN_AFTER, '')) || /^\s?-(?![\d\p{L}])/u.test(after);
  const isMinusBefore = MINUS_BEFORE.test(before);
  const minus = isBracketed || isCredit || isMinusBehind || isMinusBefore;
  const isLoose = isMinusBefore && !isMinusBehind && LOOSE_BEFORE.test(before);
  return { minus, looseMinus: minus && isLoose && !isBracketed && !isCredit };
}

/** One letter directly before an amount is a sign the reader does not know ("B200.00", "p37.48"). */
const UNKNOWN_SIGN = /(?:^|[\s:])\p{L}$/u;

function isPartOfSomething(before: string, after: string, token: string): boolean {
  if (/^\s?(?:%|Uhr\b|[ap]\.?m\b)/i.test(after) || /^[ ]?[oO0]?\/[oO0]/.test(after)) return true;
  if (/\d[/:]$|\d-$|#\s?$/.test(before) || /^[/:]\d|^-\d|^[.,]-?\d/.test(after)) return true;
  const letters = /\p{L}+-?$/u.exec(before)?.[0] ?? '';
  if (letters !== '' && !SIGN_BEFORE.test(before) && !/^[x×]$/i.test(letters)) {
    if (!UNKNOWN_SIGN.test(before) || !/^\d{1,5}[.,]\d{2}$/.test(token)) return true;
  }
  return /^\p{L}{4,}/u.test(after) && !/^(?:liter|litre|stück|stck|euro)/i.test(after);
}

/** Whether a number is written as a price of this receipt. */
export function isPrice(number: PrintedNumber, { priceDecimals }: NumberStyle): boolean {
  if (MEASURES.test(number.suffix)) return false;
  if (priceDecimals > 0) return number.decimals === priceDecimals;
  return number.grouped || (number.decimals === 0 && number.currency && number.value >= 10);
}

/** The amount in thousandths, with its sign: the smallest unit that any currency prints. */
export function thousandths(number: PrintedNumber): number {
  return Math.round(number.value * 1_000) * (number.minus ? -1 : 1) + 0;
}

/** Thousandths as a decimal string with the decimals of the currency. */
export function moneyText(amount: number, decimals: 0 | 2 | 3): string {
  return (amount / 1_000).toFixed(decimals);
}
