import type { NumberStyle } from '../digits.ts';
import type { TextLine } from '../receipt-text.ts';
import { type ItemRow, itemRow } from './rows.ts';

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
  if (firstPriced === -1) return { rows: [], hasHead: false, endLine: lines.length };
  const head = headAbove(all, firstPriced);
  const from = head === undefined ? aboveFirst(all, firstPriced) : head + 1;
  const first = head === undefined ? firstPriced : all.findIndex((row, i) => i > head && row.kind === 'priced');
  let end = all.findIndex((row, i) => i > first && row.kind === 'label' && ENDS.has(row.rule.kind));
  if (end === -1) end = lines.length;
  const rows = all
    .slice(from, end)
    .filter((row) => row.kind !== 'head' && row.kind !== 'label' && row.kind !== 'other');
  return { rows, hasHead: head !== undefined, endLine: end };
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
