import type { ReceiptFilter } from '../../contract/receipt-filter.ts';
import type { OwnerOf } from './merchants.ts';

/** The day of a receipt whose day nobody knows. */
export const NO_DAY = '-infinity';

/** SQL: a line `i` of a receipt on which the word of a parameter stands. */
export const hasWord = (word: string) => `pantry_queue.has_word(i.item_name::text, ${word})`;

/** As a sub-select, so that a walk along an index looks at the state of each receipt when it comes to it. */
export const NEEDS_REVIEW =
  '(select s.needs_review from pantry_queue.receipt_state s where s.receipt_id = f.receipt_id)';

/** A filter as conditions of the facts `f` of a receipt, whose parameters have the numbers 1 to `values.length`. */
export interface ReceiptConditions {
  readonly owned: string;
  /** Of all but its owner and its day. */
  readonly but: string;
  /** Of its day; undefined: any, or none. */
  readonly day: string | undefined;
  /** The parameter of the word; undefined: none is asked for. */
  readonly word: string | undefined;
  readonly values: readonly unknown[];
}

/**
 * What a filter asks of the receipts of one user. Statements with it run by `db.search`, which plans them for their values.
 * @param keys of the merchants that are meant; undefined: any
 */
export function receiptConditions(
  filter: ReceiptFilter,
  { tenant, userId }: OwnerOf,
  keys: readonly string[] | undefined,
): ReceiptConditions {
  const values: unknown[] = [];
  const value = (given: unknown, type: string) => {
    values.push(given);
    return `$${values.length}::${type}`;
  };
  const when = <T>(given: T | undefined, condition: (given: T) => string) =>
    given === undefined ? [] : [condition(given)];
  const owned = `f.tenant_id = ${value(tenant, 'text')} and f.user_id = ${value(userId, 'bigint')}`;
  const word = filter.item === undefined ? undefined : value(filter.item, 'text');
  const but = [
    ...when(keys, (given) => `f.merchant_key = any (${value(given, 'text[]')})`),
    ...when(filter.min_total, (least) => `f.total_amount >= ${value(least, 'numeric')}`),
    ...when(filter.max_total, (most) => `f.total_amount <= ${value(most, 'numeric')}`),
    ...when(filter.currency, (code) => `f.currency = ${value(code.toUpperCase(), 'text')}`),
    ...when(filter.needs_review, (doubtful) => `${NEEDS_REVIEW} = ${value(doubtful, 'boolean')}`),
    ...when(
      word,
      (text) => `exists (select from public.receipt_items i where i.receipt_id = f.receipt_id and ${hasWord(text)})`,
    ),
  ];
  const days = [
    ...when(filter.from, (from) => `f.day >= ${value(from, 'date')}`),
    ...when(filter.to, (to) => `f.day <= ${value(to, 'date')}`),
  ];
  return {
    owned,
    but: but.length === 0 ? 'true' : but.join(' and '),
    day: days.length === 0 ? undefined : [...days, `f.day > '${NO_DAY}'`].join(' and '),
    word,
    values,
  };
}
