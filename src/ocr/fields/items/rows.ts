import { datesIn } from '../date-forms.ts';
import type { NumberStyle } from '../digits.ts';
import { labelOf, strangersIn } from '../labels.ts';
import { type PrintedNumber, thousandths } from '../numbers.ts';
import type { TextLine } from '../receipt-text.ts';
import { ITEM_HEAD_COMPANIONS, ITEM_HEAD_WORDS, type LabelRule, NOT_A_NAME } from '../tables/labels.ts';
import { COLUMN_WORDS, UNIT_WORDS } from '../tables/units.ts';
import { hasPhrase } from '../words.ts';
import { decimal } from './decimals.ts';
import { cleanName, isCode, letterCount } from './names.ts';
import { multiplyingPair, type Quantity } from './quantity.ts';

/** What a line among the items is. */
export type ItemRow =
  | {
      readonly kind: 'priced';
      readonly line: TextLine;
      readonly name: string;
      readonly price: number;
      readonly priceAt: number;
      readonly quantity: Quantity | undefined;
      readonly leading: number | undefined;
      /** A sign of multiplication says that the leading number counts. */
      readonly isCounted: boolean;
    }
  | {
      readonly kind: 'quantity';
      readonly line: TextLine;
      readonly quantity: number | undefined;
      readonly quantityDecimals: number;
      readonly unitPrice: number;
      readonly unitDecimals: number;
    }
  | {
      readonly kind: 'discount';
      readonly line: TextLine;
      readonly name: string;
      readonly price: number;
      readonly priceAt: number;
    }
  | {
      readonly kind: 'text';
      readonly line: TextLine;
      readonly name: string;
      /** More likely a code or a note than a name. */
      readonly weak: boolean;
    }
  | { readonly kind: 'label'; readonly line: TextLine; readonly rule: LabelRule }
  | { readonly kind: 'head'; readonly line: TextLine }
  | { readonly kind: 'other'; readonly line: TextLine };

/** Classifies one line as if it stood among the items. */
export function itemRow(line: TextLine, style: NumberStyle): ItemRow {
  if (isHead(line)) return { kind: 'head', line };
  if (isUnitHead(line)) return { kind: 'other', line };
  const rule = labelOf(line.words);
  if (rule !== undefined && isLabel(rule, line)) {
    const last = line.prices.at(-1);
    if (rule.kind !== 'discount' || last === undefined) return { kind: 'label', line, rule };
    const name = cleanName(line.text.slice(0, last.start));
    return { kind: 'discount', line, name, price: -Math.abs(thousandths(last)), priceAt: last.start };
  }
  const quantity = quantityRow(line);
  if (quantity !== undefined) return quantity;
  const price = linePrice(line);
  if (price !== undefined) {
    const priced = pricedRow(line, price, style);
    return priced.quantity === undefined && isUnitPrice(line) ? { kind: 'other', line } : priced;
  }
  const name = cleanName(nameText(line, 0, line.text.length));
  if (name === '') return { kind: 'other', line };
  return {
    kind: 'text',
    line,
    name,
    weak: isNote(line) || datesIn(line.text).length > 0 || letterCount(name) < 2 || isCode(name),
  };
}

/** Notes of the till are short or carry a number behind a colon; product names may hold the same words. */
function isNote(line: TextLine): boolean {
  return hasPhrase(line.words, NOT_A_NAME) && (line.words.length <= 3 || /[:#]/.test(line.text));
}

const CURRENCY = new Set(['eur', 'euro', 'rm', 'usd', 'vnd', 'chf']);

/** A head names at least two columns and no price; "EUR" alone over the prices is one as well. */
function isHead(line: TextLine): boolean {
  if (line.prices.length > 0) return false;
  const words = line.words.filter((word) => /^\p{L}+$/u.test(word));
  if (words.length > 0 && words.length === line.words.length && words.every((word) => CURRENCY.has(word))) return true;
  const columns = words.filter((word) => ITEM_HEAD_WORDS.has(word)).length;
  const companions = words.filter((word) => ITEM_HEAD_COMPANIONS.has(word)).length;
  return (columns >= 2 || (columns === 1 && companions >= 2)) && columns + companions >= words.length * 0.6;
}

/** "kg EUR/kg EUR" between a name and its weight. */
function isUnitHead(line: TextLine): boolean {
  return line.prices.length === 0 && /^kg\b.*\/ ?kg\b/i.test(line.text);
}

/** "0.71 lbs @ 0.79 lb", "0.20 EA 5 FOR 0.99": numbers and words of a unit alone say what one costs. */
function isUnitPrice(line: TextLine): boolean {
  const words = line.text.toLowerCase().match(/[\p{L}\d]*\p{L}[\p{L}\d]*/gu) ?? [];
  return (
    words.some((word) => UNIT_PRICE.test(word)) && words.every((word) => UNIT_PRICE.test(word) || word.length <= 2)
  );
}

/** The reader takes an l for a 1. */
const UNIT_PRICE = /^(?:ea|each|for|[1l]bs?|kg|oz|tare|net|wt|gal|per)$/;

/** A total of this strength or less is named by words that also name goods. */
export const WEAK_TOTAL = 0.5;

/** Product names may hold label words ("Balance Brot"): then they hold others too. */
function isLabel(rule: LabelRule, line: TextLine): boolean {
  const last = line.prices.at(-1);
  const strangers = strangersIn(last === undefined ? line.words : line.words.filter((word) => letterCount(word) >= 3));
  if (rule.kind === 'discount') return strangers === 0 || last?.minus === true;
  // "Take away" is an item as often as it names the sum: the amounts decide (see region.ts).
  if (rule.kind === 'total' && rule.strength <= WEAK_TOTAL) return false;
  if (strangers === 0) return true;
  if (rule.kind === 'total') return rule.strength >= 0.85 && strangers <= 2 && line.prices.length > 0;
  if (rule.kind === 'subtotal' || rule.kind === 'rounding') return strangers <= 2;
  if (rule.kind === 'savings' || rule.kind === 'information') return strangers <= 1;
  return false;
}

/** The price at the end of a line; behind it only tax letters and signs may stand. */
function linePrice(line: TextLine): PrintedNumber | undefined {
  const last = line.prices.at(-1);
  if (last === undefined || isRange(line.text.slice(0, last.start))) return undefined;
  return letterCount(line.text.slice(last.end)) <= 5 ? last : undefined;
}

/** "$25-$49.99": a range of prices is part of a name. */
function isRange(before: string): boolean {
  return /\d-[€$£]?$/.test(before);
}

function pricedRow(line: TextLine, last: PrintedNumber, style: NumberStyle): Extract<ItemRow, { kind: 'priced' }> {
  const price = thousandths(last);
  const before = line.numbers.filter((number) => number.end <= last.start);
  const pair = multiplyingPair(before, price / 1_000, style);
  const first = before[0];
  const counted = first !== undefined && isLeadingCount(first, line) ? first : undefined;
  const from = counted?.end ?? 0;
  const behindName = (pair?.starts ?? []).filter((start) => letterCount(line.text.slice(0, start)) >= 2);
  const columns = [last.start, ...behindName, ...numericSegments(line)].filter((start) => start >= from);
  const cleaned = cleanName(withoutEach(withoutCount(nameText(line, from, Math.min(...columns))), pair));
  return {
    kind: 'priced',
    line,
    name: isNameless(cleaned) || counted?.decimals === 3 ? '' : cleaned,
    price,
    priceAt: last.start,
    quantity: pair,
    leading: counted !== undefined && counted.decimals === 0 ? counted.value : undefined,
    isCounted: counted?.suffix !== undefined && counted.suffix !== '',
  };
}

/** "3x ", "3 @ 2.00 " and "x " before a name say how many, and at what price each. */
function withoutCount(text: string): string {
  return text
    .replace(/^\s*[x×*]\s/i, '')
    .replace(/^\s*\d{1,3}\s?[x×*@](?:\s?[€$£]?\d+[.,]\d{2})?\s(?=\s*[\p{L}\d])/iu, '');
}

/** "Weissbier a 3,30": a word for "each" between the name and the price of one. */
function withoutEach(text: string, pair: Quantity | undefined): string {
  return pair === undefined ? text : text.replace(/\s+(?:a|à|á|je)\s*$/iu, '');
}

/** The text of a part of a line, without tax letters that stand in a column of their own. */
function nameText(line: TextLine, from: number, to: number): string {
  let end = to;
  for (let i = line.starts.length - 1; i > 0; i--) {
    const start = line.starts[i] ?? 0;
    if (start >= end) continue;
    if (start <= from || !/^\W*\p{Lu}{0,2}\W*$/u.test(line.text.slice(start, end))) break;
    end = start;
  }
  return line.text.slice(from, end);
}

/** A number before the name: "2 Surface Pen", "0.9 3/4" ALUMINIUM ROD". */
function isLeadingCount(number: PrintedNumber, line: TextLine): boolean {
  if (line.text.slice(0, number.start).trim() !== '' || number.value > 99 || !/^x?$/i.test(number.suffix)) return false;
  return letterCount(line.text.slice(number.end)) >= 2 && /^\s*[x×*]?\s/i.test(line.text.slice(number.end));
}

/** Where segments of nothing but a number begin: columns of the table, never part of a name. The first segment may be a code. */
function numericSegments(line: TextLine): number[] {
  const starts: number[] = [];
  line.source.segments.forEach((segment, i) => {
    if (i > 0 && /^[-–]?(?:RM|EUR|[€$£])?\s?-?[\d.,\s]+(?:[x×*]|%)?$/i.test(segment.text))
      starts.push(line.starts[i] ?? 0);
  });
  return starts;
}

function isNameless(name: string): boolean {
  if (letterCount(name) < 2 || isCode(name) || /^\d+[.,]\d{2,3}\b/.test(name)) return true;
  const words = name.toLowerCase().match(/\p{L}+/gu) ?? [];
  // "ROLL SET (ROLL SET)" names something, "RM PCS" does not.
  return words.length <= 2 && words.every((word) => UNIT_WORDS.has(word) || COLUMN_WORDS.has(word));
}

const QUANTITY_FORMS: readonly RegExp[] = [
  // 3 x 1,99 · 02 X RM 2.45 · 2 Rolle x 4,85 · 0,162 kg x 1,15 EUR/kg · X 1,99 (the number itself unread)
  /^\D{0,2}(\d+(?:[.,]\d{1,3})?)?\s*\p{L}{0,8}\.?\s*[x×*@]\s*(?:RM|RH|EUR|[€$])?\s*(\d+[.,]\d{2,3})\s*(?:(?:EUR|€|RM)?\s?\/?\s?(?:kg|st|stk|l|liter|litre|stück)?)?\W*$/iu,
  // 22,68 l 1,499 EUR/l
  /(\d+[.,]\d{2,3})\s*(?:[l1I]|ltr|liter|litre|kg)\b.*?(\d+[.,]\d{2,3})\s*(?:EUR|€|RM)?\s?\/\s?(?:[l1I]|ltr|liter|litre|kg)\b/iu,
  // 5 Pack 18,50 · 1.000 STK 19.99 belongs to the priced rows: it ends in a tax code
  /^(\d{1,3})\s*(?:pack|rolle|rollen|stk|stück|pcs?|beutel|karton)\s+(\d+[.,]\d{2})$/iu,
];

function quantityRow(line: TextLine): ItemRow | undefined {
  for (const form of QUANTITY_FORMS) {
    const match = form.exec(line.text);
    if (match === null) continue;
    const quantity = match[1] === undefined ? undefined : decimal(match[1]);
    const unit = decimal(match[2] ?? '');
    return {
      kind: 'quantity',
      line,
      quantity: quantity?.value,
      quantityDecimals: quantity?.decimals ?? 0,
      unitPrice: unit.value,
      unitDecimals: unit.decimals,
    };
  }
  return undefined;
}
