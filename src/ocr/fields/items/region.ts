import type { NumberStyle } from '../digits.ts';
import { labelOf, strangersIn } from '../labels.ts';
import { thousandths } from '../numbers.ts';
import type { TextLine } from '../receipt-text.ts';
import { wordsOf } from '../words.ts';
import { type ItemRow, itemRow, WEAK_TOTAL } from './rows.ts';

/** The rows that hold the items. */
export interface ItemRegion {
  readonly rows: readonly ItemRow[];
  /** A table head stands above them. */
  readonly hasHead: boolean;
  /** Index of the first line after them. */
  readonly endLine: number;
}

/** Kinds of labels that end the items, once one was seen. */
const ENDS: ReadonlySet<string> = new Set(['total', 'cash', 'card', 'change']);

/** Lines above the first price that may still belong to it where no head says where the table begins. */
const MAX_LINES_ABOVE = 3;

/** Finds the items: from the head of the table, or the first price, to the first sum. */
export function itemRegion(lines: readonly TextLine[], style: NumberStyle): ItemRegion {
  const all = lines.map((line) => itemRow(line, style));
  const firstPriced = all.findIndex((row) => row.kind === 'priced' && !isContact(row.line));
  if (firstPriced === -1 || isBelowSums(all, firstPriced))
    return { rows: [], hasHead: false, endLine: firstPriced === -1 ? lines.length : firstPriced };
  const head = headAbove(all, firstPriced);
  const from = head === undefined ? aboveFirst(all, firstPriced) : head + 1;
  const first = head === undefined ? firstPriced : all.findIndex((row, i) => i > head && row.kind === 'priced');
  const labelled = all.findIndex((row, i) => i > first && row.kind === 'label' && endsItems(row));
  const end = firstSum(all, first, labelled === -1 ? lines.length : labelled);
  const rows = all
    .slice(from, end)
    .filter((row) => row.kind !== 'head' && row.kind !== 'label' && row.kind !== 'other');
  return { rows, hasHead: head !== undefined, endLine: end };
}

/** "Net sales 100.75 Grand total 113.35": what is named last on a line counts too. */
function endsItems({ line, rule }: Extract<ItemRow, { kind: 'label' }>): boolean {
  if (ENDS.has(rule.kind)) return true;
  const [before, last] = line.prices.slice(-2);
  if (before === undefined || last === undefined) return false;
  return labelOf(wordsOf(line.text.slice(before.end, last.start)))?.kind === 'total';
}

/** A slip of a card names subtotal and total and no items. */
function isBelowSums(all: readonly ItemRow[], firstPriced: number): boolean {
  const above = all.slice(0, firstPriced).flatMap((row) => (row.kind === 'label' ? [row] : []));
  const named = (kind: string): boolean => above.some(({ rule, line }) => rule.kind === kind && line.prices.length > 0);
  return named('subtotal') && named('total');
}

/** A rate or a word that makes a price below the subtotal a charge, and no further item. */
const CHARGE = /\d ?%|\b(?:tax|taxes|sales|service|serv|svc|grat|gratuity|fee|surcharge|delivery)\b/i;

function lastPrice(line: TextLine): number | undefined {
  const price = line.prices.at(-1);
  return price === undefined ? undefined : thousandths(price);
}

/**
 * The first row whose price is the sum of the rows above it, although no label says so: the last one before the labelled
 * sums, or one that names how the order is taken.
 */
function firstSum(all: readonly ItemRow[], first: number, end: number): number {
  const last = all.findLastIndex((row, i) => i < end && row.kind === 'priced');
  let sum = 0;
  let count = 0;
  let isClosed = false;
  let subtotal = 0;
  for (let i = first; i < end; i++) {
    const row = all[i];
    if (row?.kind === 'label' && row.rule.kind === 'subtotal') subtotal = lastPrice(row.line) ?? 0;
    if (row?.kind === 'label' && row.rule.kind === 'subtotal') isClosed ||= count > 0 && lastPrice(row.line) === sum;
    if (row?.kind === 'discount') sum += row.price;
    if (row?.kind !== 'priced') continue;
    const isWeak = labelOf(row.line.words)?.strength === WEAK_TOTAL;
    // Below a subtotal no further item costs more than all before it: this is the total, its label misread.
    if (subtotal > 0 && row.price >= subtotal) return i;
    if (isClosed && row.price > 0 && CHARGE.test(row.line.text)) return i;
    const isEnd = i === last || all.slice(i + 1, end).every((next) => next.kind !== 'priced' || next.price >= sum);
    if (count > 1 && row.price === sum && (isEnd || isWeak)) return i;
    if (count > 0 && isWeak && row.price >= sum && strangersIn(row.line.words) === 0) return i;
    sum += row.price;
    if (row.price !== 0) count++;
  }
  return groupSums(all, first, end) ?? end;
}

/** Groups of goods that a till adds up on their own: "food 21.95, liquor 6.50". */
const MAX_GROUPS = 4;

/** Where the last rows add up to all rows before them, which are more, they are sums of groups. */
function groupSums(all: readonly ItemRow[], first: number, end: number): number | undefined {
  const priced = all.flatMap((row, i) =>
    i >= first && i < end && row.kind === 'priced' && row.price !== 0 ? [{ row, i }] : [],
  );
  for (let count = 2; count <= MAX_GROUPS && priced.length - count > count; count++) {
    const sum = (rows: typeof priced): number => rows.reduce((total, { row }) => total + row.price, 0);
    const groups = priced.slice(-count);
    const isRun = (groups.at(-1)?.i ?? 0) - (groups[0]?.i ?? 0) === count - 1;
    if (isRun && sum(groups) === sum(priced.slice(0, -count))) return groups[0]?.i;
  }
  return undefined;
}

/** The last line of the head: above the first price, or below it where that "price" is a stray number of the top. */
function headAbove(all: readonly ItemRow[], firstPriced: number): number | undefined {
  const firstEnd = all.findIndex((row, i) => i > firstPriced && row.kind === 'label' && ENDS.has(row.rule.kind));
  let head = all.findIndex((row, i) => row.kind === 'head' && (firstEnd === -1 || i < firstEnd));
  if (head === -1) return undefined;
  while (all[head + 1]?.kind === 'head') head++;
  const next = all.findIndex((row, i) => i > head && row.kind === 'priced');
  return next === -1 || next - head > 6 ? undefined : head;
}

function aboveFirst(all: readonly ItemRow[], firstPriced: number): number {
  const isNamed = (row: ItemRow | undefined): boolean => row?.kind === 'priced' && row.name !== '';
  for (let i = firstPriced - 1; i >= Math.max(0, firstPriced - MAX_LINES_ABOVE); i--) {
    const row = all[i];
    if (row?.kind === 'text' && !row.weak) return isNamed(all[firstPriced]) ? i + 1 : i;
    if (row === undefined || row.kind === 'label' || row.kind === 'head') return i + 1;
  }
  return Math.max(0, firstPriced - MAX_LINES_ABOVE);
}

function isContact(line: TextLine): boolean {
  return /\bTel|\bFax|\bUhr\b|www\.|\bNo\.? ?\d/i.test(line.text);
}
