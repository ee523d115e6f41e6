import { quoted } from '../clean-text.ts';
import { isOfCurrency, WITH_THREE_DECIMALS, WITHOUT_DECIMALS } from './amount-currency.ts';
import { decimalOf, decimalOfNumber, shifted, wholeDigits } from './decimal.ts';

/** A value as it was understood; `doubt` says what is not certain of it, after the field's name. */
export interface Read<T> {
  readonly value: T | null;
  readonly doubt?: string | undefined;
}

export type AmountKind = 'money' | 'quantity';

const MAX_LETTERS = 64;
/** More than a price or a quantity ever has: what is longer is noise. */
const MAX_WHOLE_DIGITS = 15;
const MAX_FRACTION_DIGITS = 20;
/** Units, signs and codes beside a number; a longer text is a sentence, of which the number may be anything. */
const MAX_BESIDE = 12;

/**
 * Reads an amount as agents write it: a JSON number, or text in any common notation, with a currency or a unit.
 * @param currency decides between decimals and thousands where the marks alone do not
 */
export function readAmount(value: unknown, kind: AmountKind, currency: string | null): Read<string> {
  if (value === null || value === undefined) return { value: null };
  if (typeof value === 'number') {
    return Number.isFinite(value) ? bounded(decimalOfNumber(value), value) : unread(value);
  }
  if (typeof value !== 'string') return unread(value);
  if (value.trim() === '') return { value: null };
  return readText(value, kind, currency);
}

const unread = (value: unknown): Read<string> => ({ value: null, doubt: `${quoted(value)} is not a number` });

function bounded(decimal: string, value: unknown, doubt?: string): Read<string> {
  const fraction = decimal.split('.')[1] ?? '';
  if (wholeDigits(decimal) > MAX_WHOLE_DIGITS) return { value: null, doubt: `${quoted(value)} is out of range` };
  if (fraction.length <= MAX_FRACTION_DIGITS) return { value: decimal, doubt };
  const cut = decimal.slice(0, MAX_FRACTION_DIGITS - fraction.length);
  return { value: cut, doubt: `${quoted(value)} was cut to ${MAX_FRACTION_DIGITS} decimals` };
}

/** One number, and what stands before and behind it. */
const AROUND = /^(\D*?)([.,]?\d[\d.,' ]*)(\D*)$/s;
const SCIENTIFIC = /^([+-]?\d{1,20}(?:\.\d{1,20})?)e([+-]?\d{1,2})$/i;

function readText(value: string, kind: AmountKind, currency: string | null): Read<string> {
  if (value.length > MAX_LETTERS) return unread(value);
  const text = westernMarks(value).trim();
  const scientific = SCIENTIFIC.exec(text);
  if (scientific) return bounded(shifted((scientific[1] ?? '').replace('+', ''), Number(scientific[2])), value);
  const match = AROUND.exec(text);
  const before = match?.[1] ?? '';
  const after = match?.[3] ?? '';
  // `12.-` and `12,–` are whole prices.
  const isWholePrice = /[.,]$/.test(match?.[2] ?? '') && after.trimStart().startsWith('-');
  // The point of `Rs.12` is of the abbreviation.
  const isAbbreviated = /\p{L}$/u.test(before) && /^[.,]/.test(match?.[2] ?? '');
  const core = (match?.[2] ?? '')
    .slice(isAbbreviated ? 1 : 0)
    .trim()
    .replace(/[.,]$/, '');
  const number = numberIn(core, kind, currency);
  if (!match || number === undefined) return unread(value);

  const sign = signAround(before, isWholePrice ? after.trimStart().slice(1) : after);
  const beside = `${before} ${after}`.replace(/[-+()]/g, ' ').trim();
  if (beside.length > MAX_BESIDE || (kind === 'money' && beside.includes('%'))) return unread(value);
  const decimal = decimalOf(sign.negative, number.whole, number.fraction);
  const isKnown = beside === '' || (kind === 'money' && isOfCurrency(beside, currency));
  const isDoubtful = number.ambiguous || sign.ambiguous || isAbbreviated || !isKnown;
  return bounded(decimal, value, isDoubtful ? `${quoted(value)} was read as ${decimal}` : undefined);
}

/** One minus before or directly behind, or a pair of brackets; half a pair and several of them are in doubt. */
function signAround(before: string, after: string): { negative: boolean; ambiguous: boolean } {
  const count = (text: string, mark: string) => text.split(mark).length - 1;
  const opened = count(before, '(') - count(before, ')');
  const closed = count(after, ')') - count(after, '(');
  const minuses = count(before, '-') + count(after, '-');
  const signs = minuses + count(before + after, '+');
  const isBracketed = opened === 1 && closed === 1;
  const isApart = after.includes('-') && !after.trimStart().startsWith('-');
  return {
    negative: isBracketed || minuses > 0,
    ambiguous: opened !== closed || Math.abs(opened) > 1 || signs + Number(isBracketed) > 1 || isApart,
  };
}

/** Digits, minus signs and apostrophes of other scripts and keyboards → those of ASCII. */
function westernMarks(text: string): string {
  return text
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replaceAll('٫', '.')
    .replaceAll('٬', ',')
    .replace(/[−–—‐‑]/g, '-')
    .replace(/[’‘`´′]/g, "'")
    .replace(/[\s_]/g, ' ');
}

interface Found {
  readonly whole: string;
  readonly fraction: string;
  readonly ambiguous: boolean;
}

/** `1,234.50`, `1.234,50`, `1'234.50`, `1 234,50`; and thousands by twos, as in India. */
const GROUPED = [
  /^([1-9]\d{0,2}(?:,\d{3})+)\.(\d+)$/,
  /^([1-9]\d{0,2}(?:\.\d{3})+),(\d+)$/,
  /^([1-9]\d{0,2}(?:'\d{3})+)(?:[.,](\d+))?$/,
  /^([1-9]\d{0,2}(?: \d{3})+)(?:[.,](\d+))?$/,
  /^([1-9]\d{0,2}(?:,\d{3}){2,})$/,
  /^([1-9]\d{0,2}(?:\.\d{3}){2,})$/,
  /^([1-9]\d?(?:,\d{2})+,\d{3})(?:\.(\d+))?$/,
];
const SIMPLE = /^(\d*)(?:([.,])(\d+))?$/;

function numberIn(core: string, kind: AmountKind, currency: string | null): Found | undefined {
  for (const form of GROUPED) {
    const match = form.exec(core);
    if (match) return { whole: (match[1] ?? '').replace(/\D/g, ''), fraction: match[2] ?? '', ambiguous: false };
  }
  const match = SIMPLE.exec(core);
  if (!match || core === '') return undefined;
  const [, whole = '', mark, fraction = ''] = match;
  const mayBeThousands = mark !== undefined && fraction.length === 3 && /^[1-9]\d{0,2}$/.test(whole);
  if (!mayBeThousands) return { whole, fraction, ambiguous: false };
  if (isThousands(mark, kind, currency)) return { whole: whole + fraction, fraction: '', ambiguous: true };
  const isCertain = kind === 'quantity' ? mark === '.' : WITH_THREE_DECIMALS.has(currency ?? '');
  return { whole, fraction, ambiguous: !isCertain };
}

/** `1,250` of money is a thousand; `1.250` is what the contract says, a decimal, but where prices have no decimals. */
function isThousands(mark: string, kind: AmountKind, currency: string | null): boolean {
  if (kind === 'quantity' || WITH_THREE_DECIMALS.has(currency ?? '')) return false;
  return mark === ',' || WITHOUT_DECIMALS.has(currency ?? '');
}
