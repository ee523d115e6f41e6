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

/** Charges after a sum that may add up to the next one. */
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
const CHARGES: ReadonlySet<LabelKind> = new Set<LabelKind>(['tax', 'service', 'rounding']);

/** A printed price that is the sum of what stands above it. */
export interface UnnamedSum {
  readonly amount: number;
  readonly line: TextLine;
  readonly at: number;
  /** The sum it was reached from by adding charges: that one is not the sum to pay. */
  readonly supersedes?: number;
}

/** Prices no label need name: the sum of the items with the charges printed, or of a sum and the charges that follow it. */
export function unnamedSums(
  receipt: ReceiptText,
  labelled: readonly LabelledAmount[],
  items: readonly FoundItem[],
): UnnamedSum[] {
  return [...sumsOfItems(receipt, labelled, items), ...runningSums(receipt, labelled)];
}

function sumsOfItems(
  { lines }: ReceiptText,
  labelled: readonly LabelledAmount[],
  items: readonly FoundItem[],
): UnnamedSum[] {
  const last = Math.max(-1, ...items.map(({ line }) => line.index));
  const sum = items.reduce((all, { price }) => all + price, 0);
  const after = lines.filter(({ index, prices }) => index > last && prices.length > 0);
  const printed = (amount: number): UnnamedSum[] =>
    after.flatMap((line) => {
      const at = line.prices.find((price) => thousandths(price) === amount)?.start;
      const isOther = labelled.some(
        (other) =>
          // "Net amount" is what is left to pay where it is more than the items.
          other.line === line &&
          other.amount === amount &&
          NEVER.has(other.kind) &&
          (other.kind !== 'net' || amount <= sum),
      );
      return at === undefined || isOther || amount <= 0 ? [] : [{ amount, line, at }];
    });
  if (items.length === 0) return [];
  const charges = labelled.filter(
    ({ kind, amount, line }) => CHARGES.has(kind) && amount !== 0 && line.index > last && !isTip(line),
  );
  const withCharges = subsetSums(charges.slice(0, MAX_CHARGES).map(({ amount }) => amount))
    .filter((charge) => charge > 0)
    .flatMap((charge) => printed(sum + charge).map((found) => ({ ...found, supersedes: sum })));
  if (withCharges.length > 0) return withCharges;
  return items.length > 1 ? printed(sum) : [];
}

/** Every sum of some of the amounts, nothing at all among them. */
export function subsetSums(amounts: readonly number[]): number[] {
  const sums = new Set([0]);
  for (const amount of amounts) for (const sum of [...sums]) sums.add(sum + amount);
  return [...sums];
}

/** Follows the charges after a sum: "Total 365.00, VAT 7.30, Net amount 372.30" pays the last of these. */
function runningSums({ lines }: ReceiptText, labelled: readonly LabelledAmount[]): UnnamedSum[] {
  const found: UnnamedSum[] = [];
  for (const { line, amount, kind } of labelled) {
    if (kind !== 'subtotal' && kind !== 'total') continue;
    let running = amount;
    for (const next of lines.slice(line.index + 1, line.index + 2 + MAX_CHARGES)) {
      const price = next.prices.at(-1);
      if (price === undefined) continue;
      const value = thousandths(price);
      if (value === running && running > amount)
        found.push({ amount: value, line: next, at: price.start, supersedes: amount });
      // After a total only what is named as a charge is added; a subtotal is followed by charges in any case.
      if (
        kind === 'total' &&
        !labelled.some((other) => other.line === next && CHARGES.has(other.kind) && !isTip(other.line))
      )
        break;
      running += value;
    }
  }
  return found;
}

function isTip({ text }: TextLine): boolean {
  return /\btips?\b/i.test(text);
}
