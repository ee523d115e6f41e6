import { decimalsIn } from './decimals.ts';
import type { FoundItem } from './found-item.ts';
import { setQuantity } from './found-item.ts';
import { multiplies } from './quantity.ts';
import type { ItemRow } from './rows.ts';

type Priced = Extract<ItemRow, { kind: 'priced' }>;

/** How far from its item a line with its quantity may stand. */
const REACH_LINES = 3;

/** Gives "3 x 1,99" lines to the item they multiply to: the next one, else the one above. */
export function applyQuantityLines(rows: readonly ItemRow[], items: readonly FoundItem[]): void {
  for (const row of rows) {
    if (row.kind !== 'quantity') continue;
    const { quantity } = row;
    const near = neighbours(row.line.index, items);
    const fits =
      quantity === undefined ? undefined : near.find((item) => multiplies(quantity, row.unitPrice, item.price / 1_000));
    if (fits !== undefined && quantity !== undefined) {
      setQuantity(fits, { ...row, quantity });
      continue;
    }
    // The count was misread or not read at all; the price says what it must have been.
    for (const item of near) {
      const count = Math.abs(item.price) / 1_000 / row.unitPrice;
      if (!isWhole(count) || count < 2 || count > 99) continue;
      setQuantity(item, { ...row, quantity: Math.round(count), quantityDecimals: 0 });
      break;
    }
  }
}

function neighbours(line: number, items: readonly FoundItem[]): FoundItem[] {
  const after = items.find((item) => item.line.index > line && item.line.index - line <= REACH_LINES);
  const before = items.findLast((item) => item.line.index < line && line - item.line.index <= REACH_LINES);
  return [after, before].filter((item): item is FoundItem => item !== undefined && item.quantity === undefined);
}

/** "2 Surface Pen 299.97": a leading number counts only where most items have one, and does not just number the lines. */
export function applyLeadingCounts(rows: readonly ItemRow[], items: readonly FoundItem[]): void {
  const priced = rows.filter((row): row is Priced => row.kind === 'priced' && row.name !== '');
  const leading = priced.filter((row) => row.leading !== undefined);
  const isNumbering = leading.length > 1 && leading.every((row, i) => row.leading === i + 1 && !row.isCounted);
  if (isNumbering) return;
  const isColumn = leading.length >= Math.max(1, priced.length * 0.6);
  for (const row of leading) {
    const item = items.find((candidate) => candidate.line === row.line);
    if (item === undefined || row.leading === undefined || item.quantity !== undefined) continue;
    if (!isColumn && !row.isCounted) {
      if (item.name === row.name) item.name = `${row.leading} ${row.name}`;
      continue;
    }
    item.quantity = row.leading;
    const each = item.price / row.leading;
    if (row.leading > 0 && isWhole(each / 10)) item.unitPrice = each / 1_000;
  }
}

/** Fuel and weighed goods: quantity and price of one unit on lines of their own, believed where they multiply to the price. */
export function applyMeasures(rows: readonly ItemRow[], items: readonly FoundItem[]): void {
  for (const item of items) {
    if (item.quantity !== undefined) continue;
    const near = rows.filter((row) => row.kind === 'text' && Math.abs(row.line.index - item.line.index) <= REACH_LINES);
    const amounts = near.flatMap((row) =>
      decimalsIn(row.line.text, /(\d+[.,]\d{2,3})\s*(?:l|ltr|liter|litre|kg)\b/giu),
    );
    const prices = near.flatMap((row) =>
      decimalsIn(row.line.text, /(\d+[.,]\d{2,3})\s*(?:EUR|€|RM)?\s?\/\s?(?:l|ltr|liter|litre|kg)\b/giu),
    );
    for (const amount of amounts) {
      const price = prices.find((candidate) => multiplies(amount.value, candidate.value, item.price / 1_000));
      if (price === undefined) continue;
      setQuantity(item, {
        quantity: amount.value,
        quantityDecimals: amount.decimals,
        unitPrice: price.value,
        unitDecimals: price.decimals,
      });
      break;
    }
  }
}

function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-6;
}
