import { differByLess, sameAmount, sumOf } from './agent-reply/decimal.ts';

/** The coin to which totals are rounded at the till, where prices go below it. */
const CASH_STEP: Readonly<Record<string, string>> = {
  ...{ AUD: '0.05', CAD: '0.05', CHF: '0.05', MYR: '0.05', SGD: '0.05' },
  ...{ HKD: '0.10', ILS: '0.10', NZD: '0.10', ZAR: '0.10', DKK: '0.50' },
  ...{ CZK: '1', NOK: '1', SEK: '1', HUF: '5', VND: '1000' },
};

/** A receipt whose items do not explain its total. */
export interface SumMismatch {
  readonly items_sum: string;
  readonly total: string;
  readonly currency: string | null;
}

/**
 * Checks the items against the total, with the tax on top or in the prices, within the rounding of the currency.
 * @returns undefined when they agree, and when there is nothing to compare
 */
export function sumMismatchOf({
  items,
  total_amount: total,
  tax_amount: tax,
  currency,
}: {
  readonly items: readonly { readonly total_price: string | null }[];
  readonly total_amount: string | null;
  readonly tax_amount: string | null;
  readonly currency: string | null;
}): SumMismatch | undefined {
  const prices = items.map(({ total_price }) => total_price).filter((price) => price !== null);
  if (total === null || items.length === 0 || prices.length < items.length) return undefined;
  const items_sum = sumOf(prices);
  const step = CASH_STEP[currency ?? ''];
  const agrees = (sum: string) => sameAmount(sum, total) || (step !== undefined && differByLess(sum, total, step));
  if (agrees(items_sum) || (tax !== null && agrees(sumOf([items_sum, tax])))) return undefined;
  return { items_sum, total, currency };
}
