import { sameAmount, sumOf } from '../../contract/agent-reply/decimal.ts';
import type { Rejection, ReviewState, SaidField, Setter } from '../../contract/review.ts';

/** Who set a field, in `receipt_state.set_by`. Of what the agent read only the date has an entry. */
export interface Said {
  readonly by: Setter | null;
  readonly user?: number;
  readonly at?: string;
  /** What the latest reading says of the field. */
  readonly read?: string | null;
}
export type SetBy = Readonly<Partial<Record<SaidField, Said>>>;

/** Who ended a review. */
export interface ReviewEnd {
  readonly by: 'person' | 'reading' | 'policy';
  readonly user?: number;
  readonly at: string;
  readonly because?: Rejection;
}

/** What a receipt holds before a reading of it is saved, or somebody’s word. */
export interface Stored {
  /** Of items their number and sum. */
  readonly values: Readonly<Partial<Record<SaidField, string | null>>>;
  readonly date_by: Setter | null;
  readonly set_by: SetBy;
  readonly review: ReviewState | null;
  readonly review_ended: ReviewEnd | null;
  readonly version: number;
}

export const NOTHING_STORED: Stored = {
  values: {},
  date_by: null,
  set_by: {},
  review: null,
  review_ended: null,
  version: 0,
};

/** Of receipts `r` with their state `s`. What another program's row holds before anything was read, somebody has said. */
export const DATE_SET_BY = `case when pantry_queue.said_day(r.purchase_date::date) is not null then coalesce(
    s.set_by #>> '{purchase_date,by}', case when r.parsed_at is null then 'application' else 'agent' end) end`;

/** SQL: the fields that a person has set, of a row `s` of receipt_state. */
export const SET_BY_PERSON = `array(select key from jsonb_each(s.set_by) where value ->> 'by' = 'person' order by key)`;

/** SQL: the items of the receipt `r`, by their number and sum; only where somebody has set them, else null. */
const ITEMS_SAID = `case when s.set_by ? 'items' then (
      select count(*) || ' items, ' || coalesce(trim_scale(sum(pantry_queue.said_amount(i.total_price::numeric))), 0)
      from public.receipt_items i where i.receipt_id = r.id) end`;

/** SQL: a `Stored` of a receipt `r` with its state `s`. */
export const STORED_OF = `json_build_object(
      'values', json_build_object('merchant_name', r.merchant_name::text, 'currency', r.currency::text,
        'purchase_date', to_char(pantry_queue.said_day(r.purchase_date::date), 'YYYY-MM-DD'),
        'total_amount', pantry_queue.said_amount(r.total_amount::numeric)::text, 'items', ${ITEMS_SAID}),
      'date_by', ${DATE_SET_BY}, 'set_by', coalesce(s.set_by, '{}'), 'review', s.review, 'review_ended', s.review_ended,
      'version', coalesce(s.version, 0))`;

/** SQL: what is stored in the receipt of the job `j`; null where it is gone. */
export const STORED = `(
    select ${STORED_OF}
    from public.receipts r left join pantry_queue.receipt_state s on s.receipt_id = r.id where r.id = j.subject)`;

/** Items as `ITEMS_SAID` tells them. */
export function itemsText(items: readonly { readonly total_price?: unknown }[]): string {
  const prices = items.flatMap(({ total_price }) => (typeof total_price === 'string' ? [total_price] : []));
  const sum = sumOf(prices);
  return `${items.length} items, ${sum.includes('.') ? sum.replace(/\.?0+$/, '') : sum}`;
}

/** Is it a person's word, or that of an assistant? What was uploaded or written by a program nobody has compared. */
export const isWord = (said: Said | undefined): boolean => said?.by === 'person' || said?.by === 'assistant';

export function isSameValue(
  field: SaidField,
  one: string | null | undefined,
  other: string | null | undefined,
): boolean {
  if (one == null || other == null) return one == null && other == null;
  return one === other || (field === 'total_amount' && sameAmount(one, other));
}
