import { sumOf } from '../contract/agent-reply/decimal.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import type { ReceiptFilter } from '../contract/receipt-filter.ts';

/** Sums of receipts as models read them: added up already, what is doubtful apart, and nothing that a receipt says. */

type Summary = OutputOf<'summarizeReceipts'>;
type Sums = Summary['totals'][number];

/** What a currency, a shop, a month or an item comes to; amounts are exact. */
export interface SumFacts {
  readonly currency: string | null;
  /** `certain` and `doubtful` together. */
  readonly total: string;
  readonly receipts: number;
  /** Only where some of it is doubtful. */
  readonly certain?: string;
  readonly doubtful?: string;
  readonly doubtful_receipts?: number;
}

/** A code is a word of ours; anything else in its place was read from a receipt. */
export const isCurrencyCode = (currency: string | null): boolean => currency === null || /^[A-Z]{3}$/.test(currency);

export function sumFacts({ currency, certain, doubtful }: Sums): SumFacts {
  const total = sumOf([certain.total, doubtful.total]);
  const receipts = certain.receipts + doubtful.receipts;
  if (doubtful.receipts === 0) return { currency, total, receipts };
  const parts = { certain: certain.total, doubtful: doubtful.total, doubtful_receipts: doubtful.receipts };
  return { currency, total, receipts, ...parts };
}

/** Currencies that the sentence names. */
const MAX_SAID = 3;

/**
 * What was found and what it comes to, in sentences of ours.
 * @param asked the filter: it decides what the sums are of
 */
export function saySums(summary: Summary, asked: Pick<ReceiptFilter, 'merchant' | 'item' | 'from' | 'to'>): string {
  const { receipts, totals, sum_by, merchants, similar_merchants } = summary;
  const said = [
    receipts === 0 && asked.merchant !== undefined && merchants.length === 0
      ? 'No shop of that name has a receipt.'
      : `${count(receipts, 'receipt')} found${totals.length === 0 ? '' : `: ${totals.slice(0, MAX_SAID).map(sayTotal).join('; ')}`}.`,
    totals.length > MAX_SAID && `${totals.length - MAX_SAID} more currencies: see sums.`,
    totals.length > 0 && ofWhat(sum_by, asked.item),
    ...uncounted(summary, asked.from !== undefined || asked.to !== undefined),
    similar_merchants.length > 0 &&
      `Not counted: ${count(similar_merchants.length, 'shop')} with a name that looks like it (similar_merchants).`,
  ];
  return said.filter((sentence) => sentence !== false).join(' ');
}

function sayTotal(sums: Sums): string {
  const { total, receipts, doubtful, doubtful_receipts } = sumFacts(sums);
  const currency =
    sums.currency === null
      ? 'without a currency'
      : isCurrencyCode(sums.currency)
        ? sums.currency
        : 'in an odd currency';
  const doubt = doubtful === undefined ? '' : ` (of it ${doubtful} in ${doubtful_receipts} doubtful)`;
  return `${total} ${currency} in ${receipts}${doubt}`;
}

function ofWhat(sumBy: Summary['sum_by'], item: string | undefined): string | false {
  if (sumBy === 'item') return `Sums are of single lines${item === undefined ? '' : ' with that word'}.`;
  return item !== undefined && 'Sums are of whole receipts with that word.';
}

function uncounted({ sum_by, without_total, without_date }: Summary, hasDays: boolean): string[] {
  const what = sum_by === 'item' ? 'line' : 'receipt';
  return [
    ...(without_total === 0 ? [] : [`In no sum: ${count(without_total, what)} without a known amount.`]),
    ...(without_date === 0 || !hasDays ? [] : [`Not counted: ${count(without_date, 'receipt')} without a known day.`]),
  ];
}

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;
