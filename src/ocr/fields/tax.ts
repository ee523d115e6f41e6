import type { LabelledAmount } from './labelled-amounts.ts';
import type { ReceiptText, TextLine } from './receipt-text.ts';
import { taxRows } from './tax-table.ts';

/** The tax in the total, in thousandths. */
export interface FoundTax {
  readonly amount: number;
  readonly line: TextLine;
  readonly rule: string;
}

/** No country taxes retail goods higher. */
const MAX_SHARE = 0.3;

/** Finds the tax: rows of the tax table that add up to the total, else the amount a label names. */
export function findTax(
  receipt: ReceiptText,
  labelled: readonly LabelledAmount[],
  total: number | undefined,
): FoundTax | undefined {
  const rows = taxRows(receipt);
  const whole = rows.find((row) => row.gross === total);
  if (whole !== undefined) return { amount: whole.tax, line: whole.line, rule: 'tax: row of the tax table' };
  const first = rows[0];
  const gross = rows.reduce((sum, row) => sum + row.gross, 0);
  if (first !== undefined && gross === total) {
    return { amount: rows.reduce((sum, row) => sum + row.tax, 0), line: first.line, rule: 'tax: sum of the tax table' };
  }
  const most = total === undefined ? Number.POSITIVE_INFINITY : Math.abs(total) * MAX_SHARE;
  const named = labelled.filter(({ kind, amount }) => kind === 'tax' && amount !== 0 && Math.abs(amount) <= most);
  const best =
    named.find(({ rule, line }) => rule.kind === 'tax' && /total|payable|betrag/i.test(line.text)) ?? named[0];
  return best === undefined ? undefined : { amount: best.amount, line: best.line, rule: 'tax: by its label' };
}
