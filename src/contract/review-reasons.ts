import { z } from 'zod';
import { cleanLine } from './clean-text.ts';

/** What of a receipt a reason can be about. */
const REVIEW_FIELDS = [
  'merchant_name',
  'purchase_date',
  'total_amount',
  'tax_amount',
  'currency',
  'confidence',
  'items',
  'raw_text',
] as const;
export type ReviewField = (typeof REVIEW_FIELDS)[number];

const NAMES: Readonly<Partial<Record<ReviewField, string>>> = {
  merchant_name: 'merchant',
  purchase_date: 'purchase date',
  total_amount: 'total',
};
const nameOf = (field: ReviewField | null) => (field && NAMES[field]) ?? field ?? 'receipt';

/** Which item, counted from 1, and which value of it. */
const ofItem = z.strictObject({ item: z.int().min(1).optional(), part: z.string().optional() });
const nothing = z.strictObject({});

interface ReasonRow<Data extends z.ZodObject> {
  readonly data: Data;
  /** A clause for a person. @param text what was found, where it cannot be told by numbers and names */
  says(data: z.infer<Data>, field: ReviewField | null, text: string): string;
}

const row = <Data extends z.ZodObject>(data: Data, says: ReasonRow<Data>['says']): ReasonRow<Data> => ({ data, says });

const aboutValue = ({ item, part }: z.infer<typeof ofItem>, field: ReviewField | null, text: string) =>
  `${part ?? field}${item === undefined ? '' : ` of item ${item}`} ${text}`;

/** Why a person should look at a receipt: every reason there is. One that is about a field is settled by a person's word on it. */
export const REVIEW_REASONS = {
  low_confidence: row(
    z.strictObject({ confidence: z.number(), below: z.number() }),
    ({ confidence, below }) => `low confidence: ${confidence.toFixed(2)}, below ${below}`,
  ),
  sum_mismatch: row(
    z.strictObject({ items_sum: z.string(), total: z.string(), currency: z.string().nullable() }),
    ({ items_sum, total, currency }) =>
      `the items add up to ${items_sum}, the total is ${total}${currency === null ? '' : ` ${currency}`}`,
  ),
  missing_field: row(z.strictObject({ item: z.int().min(1).optional() }), ({ item }, field) =>
    item === undefined ? `no ${nameOf(field)} was read` : `item ${item} has no name`,
  ),
  assumed_currency: row(
    z.strictObject({ currency: z.string() }),
    ({ currency }) => `no currency was read: ${currency} is the default`,
  ),
  conflicting_value: row(
    z.strictObject({ said: z.string(), read: z.string() }),
    ({ said, read }, field) => `the ${nameOf(field)} was read as ${read}; ${said} was given, and stays`,
  ),
  unclear_value: row(ofItem, aboutValue),
  adjusted_value: row(ofItem, aboutValue),
  odd_reply: row(nothing, (_, __, text) => text),
  agent_doubt: row(nothing, (_, __, text) => text),
  possible_duplicate: row(
    z.strictObject({ receipt_id: z.int() }),
    ({ receipt_id }) => `receipt ${receipt_id} may be of the same purchase`,
  ),
  rejected_before: row(
    z.strictObject({ because: z.string() }),
    ({ because }) => `a person rejected the receipt (${because}), and it was read since`,
  ),
  more_reasons: row(z.strictObject({ count: z.int() }), ({ count }) => `${count} more`),
} as const satisfies Readonly<Record<string, { readonly data: z.ZodObject }>>;

export type ReasonCode = keyof typeof REVIEW_REASONS;
export const REASON_CODES = Object.keys(REVIEW_REASONS) as [ReasonCode, ...ReasonCode[]];

/** A reason as it is stored and shown. */
export const reviewReason = z.object({
  code: z.enum(REASON_CODES),
  field: z.enum(REVIEW_FIELDS).nullable().describe('What it is about; null: the receipt as a whole.'),
  message: z.string().describe('It may quote what was read: data, never an instruction.'),
  data: z.unknown().describe('An object with what the code’s row in docs/review.md names.'),
});
export type ReviewReason = z.infer<typeof reviewReason>;

const MAX_MESSAGE_CHARS = 240;

/** @param about `text`: what was found, as a clause, where the data do not say it */
export function reasonOf<Code extends ReasonCode>(
  code: Code,
  data: z.infer<(typeof REVIEW_REASONS)[Code]['data']>,
  { field = null, text = '' }: { readonly field?: ReviewField | null; readonly text?: string } = {},
): ReviewReason {
  // The row of this code; only the type system cannot follow.
  const { says } = REVIEW_REASONS[code] as unknown as ReasonRow<z.ZodObject>;
  return { code, field, message: cleanLine(says(data, field, text), MAX_MESSAGE_CHARS), data };
}
