import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labelled-amounts.ts';
import { thousandths } from './numbers.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import type { LabelKind } from './tables/labels.ts';

/** Every sum that a subtotal makes with one tax, service charge, discount and rounding each, or without. */
export function sumsOfParts(
  subtotals: readonly LabelledAmount[],
  taxes: readonly LabelledAmount[],
  services: readonly LabelledAmount[],
  discounts: readonly LabelledAmount[],
  roundings: readonly LabelledAmount[],
): Set<number> {
  const sums = new Set<number>();
  const withNone = (found: readonly LabelledAmount[]): number[] => [0, ...found.map(({ amount }) => amount)];
  for (const { amount } of subtotals) {
    for (const tax of withNone(taxes)) {
      for (const service of withNone(services)) {
        for (const discount of withNone(discounts)) {
          for (const rounding of withNone(roundings)) sums.add(amount + tax + service - Math.abs(discount) + rounding);
        }
      }
    }
  }
  return sums;
}

/** Prices after a subtotal that may add up to the next one. */
const MAX_CHARGES = 5;
/** Amounts a till prints with these labels are never the sum to pay. */
const NEVER: ReadonlySet<LabelKind> = new Set<LabelKind>([
  'change',
  'tax',
  'savings',
  'discount',
  'information',
  'subtotal',
  'net',
]);

/** Prices no label names that are the sum of the items, or of a subtotal and the charges that follow it. */
export function unnamedSums(
  { lines }: ReceiptText,
  labelled: readonly LabelledAmount[],
  items: readonly FoundItem[],
): { amount: number; line: TextLine; at: number }[] {
  const found: { amount: number; line: TextLine; at: number }[] = [];
  const last = Math.max(-1, ...items.map(({ line }) => line.index));
  const sum = items.reduce((all, { price }) => all + price, 0);
  const after = lines.filter(({ index, prices }) => index > last && prices.length > 0);
  const add = (line: TextLine, amount: number): void => {
    const at = line.prices.find((price) => thousandths(price) === amount)?.start;
    const isOther = labelled.some((other) => other.line === line && other.amount === amount && NEVER.has(other.kind));
    if (at !== undefined && !isOther && amount > 0) found.push({ amount, line, at });
  };
  if (items.length > 1) for (const line of after) add(line, sum);
  for (const { line, amount } of labelled.filter(({ kind }) => kind === 'subtotal')) {
    let running = amount;
    for (const next of lines.slice(line.index + 1, line.index + 2 + MAX_CHARGES)) {
      const price = next.prices.at(-1);
      if (price === undefined) continue;
      const value = thousandths(price);
      if (value === running && running !== amount) found.push({ amount: value, line: next, at: price.start });
      running += value;
    }
  }
  return found;
}
