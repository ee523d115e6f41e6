import type { FoundItem } from './items/found-item.ts';
import type { LabelledAmount } from './labelled-amounts.ts';
import { moneyText } from './numbers.ts';
import { subsetSums, type UnnamedSum } from './sums.ts';
import { CURRENCY_BY_CODE } from './tables/currencies.ts';

/** Whether the numbers of a receipt agree, and in words where they do not. */
export interface Checks {
  readonly errors: readonly string[];
  /** Whether the items explain the total to the last digit, or within the rounding of the currency. */
  readonly itemsAddUp: boolean;
  /** Share of the total that the items explain, 0 to 1. */
  readonly explained: number;
}

/**
 * Checks the sum of the items against the total, with tax, service, discounts and rounding where they are printed.
 * @param total in thousandths, with its sign
 */
export function checkSums(
  items: readonly FoundItem[],
  total: number | undefined,
  labelled: readonly LabelledAmount[],
  currency: string | undefined,
  decimals: 0 | 2 | 3,
  addsTax = false,
  reached: readonly UnnamedSum[] = [],
): Checks {
  const errors: string[] = [];
  if (total === undefined) errors.push('No total was found.');
  if (items.length === 0) errors.push('No items were found.');
  if (total === undefined || items.length === 0) return { errors, itemsAddUp: false, explained: 0 };
  const sum = items.reduce((all, item) => all + item.price, 0);
  const step = CURRENCY_BY_CODE.get(currency ?? '')?.cashStep;
  // "SubTotal 25.25, Sales 1.77, Total 27.02": charges of any name between the sum of the items and the total.
  const charged = reached.filter(({ supersedes }) => supersedes === sum).map(({ amount }) => amount - sum);
  const itemsAddUp = [...adjustments(labelled, sum, addsTax), ...charged].some((adjustment) =>
    agrees(sum + adjustment, total, step),
  );
  if (!itemsAddUp) {
    errors.push(`The items add up to ${moneyText(sum, decimals)}, the total is ${moneyText(total, decimals)}.`);
  }
  const explained = total === 0 ? 0 : Math.max(0, 1 - Math.abs(sum - total) / Math.abs(total));
  return { errors, itemsAddUp, explained: itemsAddUp ? 1 : explained };
}

/** Equal, or rounded to a coin: then the total is whole coins and the sum is not. */
function agrees(sum: number, total: number, step: number | undefined): boolean {
  if (sum === total) return true;
  return step !== undefined && total % step === 0 && sum % step !== 0 && Math.abs(sum - total) < step;
}

/** Of a country, a state and a city. */
const MAX_TAXES = 4;

/** What may stand between the items and the total: any choice of taxes, and of one service charge, discount and rounding. */
function adjustments(labelled: readonly LabelledAmount[], sum: number, addsTax: boolean): number[] {
  // Elsewhere tax comes on top only where a sum before it is printed, and that is the sum of the items.
  const isBeforeTax =
    addsTax || labelled.some(({ kind, amount }) => (kind === 'subtotal' || kind === 'net') && amount !== 0);
  let sums = [0];
  for (const kind of ['tax', 'service', 'discount', 'rounding'] as const) {
    if (kind === 'tax' && !isBeforeTax && sum !== 0) continue;
    const amounts = [
      ...new Set(
        labelled
          .filter((found) => found.kind === kind)
          .map(({ amount }) => (kind === 'discount' ? -Math.abs(amount) : amount)),
      ),
    ];
    const choices = kind === 'tax' ? subsetSums(amounts.slice(0, MAX_TAXES)) : [0, ...amounts.slice(0, 6)];
    sums = sums.flatMap((each) => choices.map((amount) => each + amount));
  }
  return sums;
}
