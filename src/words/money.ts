import type { OutputOf } from '../contract/queue-api.ts';
import { table } from './table.ts';

/** Receipts that were found, and what they come to, for a person. */

type Found = OutputOf<'findReceipts'>;
type Summary = OutputOf<'summarizeReceipts'>;
type Sums = Summary['totals'][number];

const receiptsOf = (count: number) => `${count} receipt${count === 1 ? '' : 's'}`;
const amountOf = ({ total_amount, currency }: Found['receipts'][number]) =>
  total_amount === null ? '–' : [total_amount, ...(currency === null ? [] : [currency])].join(' ');

export function foundReceiptsText({ receipts, next_cursor, ...named }: Found): string[] {
  const none = [next_cursor === null ? 'No receipts.' : 'None so far.'];
  return [
    ...(receipts.length === 0
      ? none
      : table([
          ['receipt', 'day', 'merchant', 'total', 'review'],
          ...receipts.map((receipt) => [
            String(receipt.receipt_id),
            receipt.purchase_date ?? '–',
            receipt.merchant ?? '–',
            amountOf(receipt),
            receipt.needs_review ? 'yes' : 'no',
          ]),
        ])),
    ...similarLines(named),
  ];
}

export function summaryText(summary: Summary): string[] {
  const { sum_by, receipts, totals, groups, groups_left_out, without_total, without_date } = summary;
  const count = (what: string, n: number) => (n === 0 ? [] : [`${n} ${what}`]);
  return [
    `${receiptsOf(receipts)}.`,
    ...(totals.length === 0
      ? []
      : sumsTable(
          'all',
          totals.map((sums) => ({ group: null, ...sums })),
        )),
    ...(sum_by === 'currency' || groups.length === 0 ? [] : sumsTable(sum_by, groups)),
    ...count('more rows; --limit shows more of them.', groups_left_out),
    ...count(`${sum_by === 'item' ? 'lines' : 'receipts'} without a known amount are in no sum.`, without_total),
    ...count('receipts without a known day.', without_date),
    ...similarLines(summary),
  ];
}

function sumsTable(head: string, rows: readonly (Sums & { readonly group: string | null })[]): string[] {
  const cell = ({ receipts, total }: Sums['certain']) => (receipts === 0 ? '–' : `${total} in ${receipts}`);
  return table([
    [head, 'currency', 'certain', 'doubtful'],
    ...rows.map(({ group, currency, certain, doubtful }) => [
      group ?? '–',
      currency ?? '–',
      cell(certain),
      cell(doubtful),
    ]),
  ]);
}

function similarLines({ similar_merchants }: Pick<Found, 'similar_merchants'>): string[] {
  if (similar_merchants.length === 0) return [];
  const names = similar_merchants.map(({ merchant, receipts }) => ['', merchant, receiptsOf(receipts)]);
  return ['Not in this answer, but written like it:', ...table(names)];
}
