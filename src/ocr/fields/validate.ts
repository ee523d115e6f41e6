import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labels.ts';
import { moneyText } from './numbers.ts';
import type { FoundTotal } from './total.ts';

/** Whether the numbers of a receipt agree, and in words where they do not. */
export interface Checks {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** Whether the items explain the total to the hundredth, or within the rounding of the currency. */
  readonly itemsAddUp: boolean;
  /** Share of the total that the items explain, 0 to 1. */
  readonly explained: number;
}

/** How far items and total may lie apart, in hundredths: countries without small coins round the sum. */
const TOLERANCE: Readonly<Record<string, number>> = { MYR: 4, SGD: 4, CHF: 4, VND: 100_000 };

/** Checks the sum of the items against the total, with tax, service, discounts and rounding where they are printed. */
export function checkSums(
  items: readonly FoundItem[],
  total: FoundTotal | undefined,
  labelled: readonly LabelledAmount[],
  currency: string | undefined,
): Checks {
  const errors: string[] = [];
  const warnings: string[] = [];
  const decimals = currency === 'VND' ? 0 : 2;
  if (total === undefined) errors.push('No total was found.');
  if (items.length === 0) warnings.push('No items were found.');
  if (total === undefined || items.length === 0) return { errors, warnings, itemsAddUp: false, explained: 0 };
  const sum = items.reduce((all, item) => all + item.price, 0);
  const tolerance = TOLERANCE[currency ?? ''] ?? 0;
  const itemsAddUp = adjustments(labelled).some((adjustment) => Math.abs(sum + adjustment - total.amount) <= tolerance);
  if (!itemsAddUp) {
    warnings.push(
      `The items add up to ${moneyText(sum, decimals)}, the total is ${moneyText(total.amount, decimals)}.`,
    );
  }
  const explained = total.amount === 0 ? 0 : Math.max(0, 1 - Math.abs(sum - total.amount) / total.amount);
  return { errors, warnings, itemsAddUp, explained: itemsAddUp ? 1 : explained };
}

/** What may stand between the items and the total: any choice of one tax, service charge, discount and rounding. */
function adjustments(labelled: readonly LabelledAmount[]): number[] {
  let sums = [0];
  for (const kind of ['tax', 'service', 'discount', 'rounding'] as const) {
    const amounts = [
      ...new Set(
        labelled
          .filter((found) => found.kind === kind)
          .map(({ amount }) => (kind === 'discount' ? -Math.abs(amount) : amount)),
      ),
    ];
    sums = sums.flatMap((sum) => [sum, ...amounts.slice(0, 6).map((amount) => sum + amount)]);
  }
  return sums;
}
