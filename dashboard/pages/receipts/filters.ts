import { type inferParserType, parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs';
import type { InputOf } from '../../../src/contract/queue-api.ts';

/** What a row of the sums stands for, with its word. */
export const SUM_BY = [
  ['currency', 'Currency'],
  ['merchant', 'Shop'],
  ['month', 'Month'],
  ['item', 'Item'],
] as const satisfies readonly (readonly [NonNullable<InputOf<'summarizeReceipts'>['sum_by']>, string])[];
export type SumBy = (typeof SUM_BY)[number][0];

/** The filter in the address: the fields of `find_receipts`, and how the sums are grouped. */
export const RECEIPT_FILTERS = {
  merchant: parseAsString,
  item: parseAsString,
  from: parseAsString,
  to: parseAsString,
  min_total: parseAsString,
  max_total: parseAsString,
  currency: parseAsString,
  needs_review: parseAsBoolean,
  user_id: parseAsInteger,
  sum_by: parseAsStringLiteral(SUM_BY.map(([key]) => key)).withDefault('currency'),
};
export type ReceiptFilters = Partial<inferParserType<typeof RECEIPT_FILTERS>>;

/** What is asked of the queue: without what is empty, and without how it is grouped. */
export function askedOf({ sum_by: _, ...filters }: ReceiptFilters): InputOf<'findReceipts'> {
  return Object.fromEntries(
    Object.entries(filters).filter(([, value]) => value !== null && value !== '' && value !== undefined),
  ) as InputOf<'findReceipts'>;
}
