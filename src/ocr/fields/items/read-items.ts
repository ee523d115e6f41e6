import type { NumberStyle } from '../numbers.ts';
import type { ReceiptText, TextLine } from '../receipt-text.ts';
import { isCode } from './names.ts';
import { multiplies } from './quantity.ts';
import { type ItemRow, itemRow } from './rows.ts';

/** One bought thing, deposit or discount, as printed. */
export interface FoundItem {
  name: string;
  /** Line total in hundredths, with its sign. */
  price: number;
  quantity: number | undefined;
  quantityDecimals: number;
  /** As printed: it may have more decimals than the currency. */
  unitPrice: number | undefined;
  unitDecimals: number;
  readonly line: TextLine;
  readonly priceAt: number;
  nameLine: TextLine;
  rule: string;
}

/** The items and the line they end before. */
export interface ItemBlock {
  readonly items: readonly FoundItem[];
  readonly endLine: number;
}

type Priced = Extract<ItemRow, { kind: 'priced' }>;

/** Kinds of labels that end the items, once one was seen. */
const ENDS = new Set(['total', 'cash', 'card', 'change']);

/** Reads the items between the head of the table (or the first price) and the first sum. */
export function readItems({ lines, style }: ReceiptText): ItemBlock {
  const { rows, endLine } = itemRows(lines, style);
  const named = withoutUnitColumn(rows);
  const layout = namesStand(named);
  const items = assemble(named, layout);
  applyQuantities(named, items);
  applyLeadingCounts(named, items);
  return { items, endLine };
}

function itemRows(lines: readonly TextLine[], style: NumberStyle): { rows: ItemRow[]; endLine: number } {
  const all = lines.map((line) => itemRow(line, style));
  const firstPriced = all.findIndex((row, i) => row.kind === 'priced' && !isAddressPrice(lines, i));
  if (firstPriced === -1) return { rows: [], endLine: lines.length };
  let end = all.findIndex((row, i) => i > firstPriced && row.kind === 'label' && ENDS.has(row.rule.kind));
  if (end === -1) end = lines.length;
  const head = all.slice(0, firstPriced).findLastIndex((row) => row.kind === 'head');
  const start = head === -1 || firstPriced - head > 6 ? Math.max(0, textBefore(all, firstPriced)) : head + 1;
  return { rows: all.slice(start, end).filter((row) => row.kind !== 'head' && row.kind !== 'label'), endLine: end };
}

/** Without a head only the line right above the first price can belong to it. */
function textBefore(all: readonly ItemRow[], firstPriced: number): number {
  let start = firstPriced;
  for (let i = firstPriced - 1; i >= Math.max(0, firstPriced - 2); i--) {
    const kind = all[i]?.kind;
    if (kind === 'quantity' || kind === 'discount') start = i;
    else if (kind === 'text') return i;
    else break;
  }
  return start;
}

function isAddressPrice(lines: readonly TextLine[], index: number): boolean {
  return /\bTel|\bFax|\bUhr\b|www\.|\bNo\.? ?\d/i.test(lines[index]?.text ?? '');
}

/** Where the same word stands in every priced row it is a unit of sale, not a name. */
function withoutUnitColumn(rows: readonly ItemRow[]): ItemRow[] {
  const priced = rows.filter((row): row is Priced => row.kind === 'priced');
  const named = priced.filter((row) => row.name !== '');
  const first = named[0]?.name;
  const texts = rows.filter((row) => row.kind === 'text').length;
  const isColumn = named.length >= 2 && texts >= named.length && named.every((row) => row.name === first);
  return rows.map((row) => (isColumn && row.kind === 'priced' ? { ...row, name: '' } : row));
}

/** Names of nameless rows stand before or after them: after, if text follows the last one. */
function namesStand(rows: readonly ItemRow[]): 'before' | 'after' {
  const last = rows.findLastIndex((row) => row.kind === 'priced');
  const row = rows[last];
  if (row?.kind !== 'priced' || row.name !== '') return 'before';
  return rows.slice(last + 1).some((other) => other.kind === 'text') ? 'after' : 'before';
}

function assemble(rows: readonly ItemRow[], layout: 'before' | 'after'): FoundItem[] {
  const items: FoundItem[] = [];
  let pending: Extract<ItemRow, { kind: 'text' }>[] = [];
  let isVoid = false;
  rows.forEach((row, at) => {
    if (row.kind === 'text') {
      isVoid = isVoid || /\b(?:void|storno|stornierung|annulliert)\b/i.test(row.line.text);
      const current = items.at(-1);
      if (current === undefined || (layout === 'before' && !goesOn(row.name))) pending.push(row);
      else if (layout === 'after' && needsName(current)) addName(current, row.name, row.line);
      else if (goesOn(row.name) && current.nameLine.index === row.line.index - 1)
        addName(current, row.name, current.nameLine);
      else pending.push(row);
      return;
    }
    if (row.kind !== 'priced' && row.kind !== 'discount') return;
    if (row.price === 0) return;
    if (row.kind === 'discount') {
      items.push(newItem(row.name, row.price, row, 'item: discount'));
      return;
    }
    const voided = isVoid || /\b(?:void|storno)\b/i.test(row.line.text);
    const item = newItem(
      row.name,
      voided ? -Math.abs(row.price) : row.price,
      row,
      voided ? 'item: voided' : 'item: name and price on one line',
    );
    if (row.quantity !== undefined) setQuantity(item, row.quantity);
    const previous = rows[at - 1];
    if (
      row.name === '' &&
      previous?.kind === 'priced' &&
      row.quantity?.unitPrice === Math.abs(previous.price) / 100 &&
      previous.name !== ''
    ) {
      // "SUSHI 2.80" above "2.80 2 5.60": the first price was part of the name's line.
      items.pop();
      item.name = previous.name;
      item.nameLine = previous.line;
    } else if (row.name === '' && layout === 'before') {
      for (const text of pending.filter(({ name }) => !isCode(name)).slice(-2)) addName(item, text.name, text.line);
      item.rule = 'item: name above price';
    } else if (row.name === '') item.rule = 'item: name below price';
    pending = [];
    isVoid = false;
    items.push(item);
  });
  return items.filter((item) => item.name !== '' || item.quantity !== undefined);
}

function newItem(name: string, price: number, row: { line: TextLine; priceAt: number }, rule: string): FoundItem {
  return {
    name,
    price,
    quantity: undefined,
    quantityDecimals: 0,
    unitPrice: undefined,
    unitDecimals: 2,
    line: row.line,
    priceAt: row.priceAt,
    nameLine: row.line,
    rule,
  };
}

function setQuantity(
  item: FoundItem,
  found: { quantity: number; quantityDecimals: number; unitPrice: number; unitDecimals: number },
): void {
  item.quantity = found.quantity;
  item.quantityDecimals = found.quantityDecimals;
  item.unitPrice = found.unitPrice;
  item.unitDecimals = found.unitDecimals;
}

/** A nameless item takes up to two lines of name. */
function needsName(item: FoundItem): boolean {
  return (
    item.rule === 'item: name below price' &&
    item.name.split('\n').length < 2 &&
    (item.name === '' || item.name.length < 24)
  );
}

function addName(item: FoundItem, text: string, line: TextLine): void {
  item.name = item.name === '' ? text : `${item.name} ${text}`;
  item.nameLine = line;
}

/** A line that can only be the rest of the one above. */
function goesOn(name: string): boolean {
  return /^[(\p{Ll}]/u.test(name) && name.length <= 24;
}

/** Gives "3 x 1,99" lines to the item they multiply to: the next one, else the one above. */
function applyQuantities(rows: readonly ItemRow[], items: readonly FoundItem[]): void {
  rows.forEach((row) => {
    if (row.kind !== 'quantity') return;
    const after = items.find((item) => item.line.index > row.line.index && item.line.index - row.line.index <= 3);
    const before = items.findLast((item) => item.line.index < row.line.index && row.line.index - item.line.index <= 3);
    const near = [after, before].filter((item): item is FoundItem => item !== undefined && item.quantity === undefined);
    const { quantity } = row;
    const fits =
      quantity === undefined ? undefined : near.find((item) => multiplies(quantity, row.unitPrice, item.price / 100));
    if (fits !== undefined && quantity !== undefined) {
      setQuantity(fits, { ...row, quantity });
      return;
    }
    // The count was misread or not read at all; the price says what it must have been.
    for (const item of near) {
      const count = Math.abs(item.price) / 100 / row.unitPrice;
      if (Number.isInteger(Math.round(count * 1e6) / 1e6) && count >= 2 && count <= 99) {
        setQuantity(item, { ...row, quantity: Math.round(count), quantityDecimals: 0 });
        return;
      }
    }
  });
}

/** "2 Surface Pen 299.97": a leading number counts only where most items have one. */
function applyLeadingCounts(rows: readonly ItemRow[], items: readonly FoundItem[]): void {
  const priced = rows.filter((row): row is Priced => row.kind === 'priced' && row.name !== '');
  const leading = priced.filter((row) => row.leading !== undefined);
  const isColumn =
    leading.length >= Math.max(1, priced.length * 0.6) &&
    !leading.every((row, i) => row.leading === i + 1 && leading.length > 1);
  for (const row of leading) {
    const item = items.find((candidate) => candidate.line === row.line);
    if (item === undefined || row.leading === undefined) continue;
    if (!isColumn) {
      if (item.name === row.name && item.quantity === undefined) item.name = `${row.leading} ${row.name}`;
    } else if (item.quantity === undefined && row.leading > 0) {
      item.quantity = row.leading;
      const each = item.price / 100 / row.leading;
      if (Number.isInteger(Math.round(each * 100 * 1e6) / 1e6)) item.unitPrice = each;
    }
  }
}
