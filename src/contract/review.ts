import { z } from 'zod';

/**
 * Who set a value of a receipt: the OCR agent that read it, a person, an assistant (a model that acts for a person),
 * the person who uploaded the receipt, or another program that wrote the row.
 */
export const SETTERS = ['agent', 'person', 'assistant', 'uploader', 'application'] as const;
export type Setter = (typeof SETTERS)[number];

/**
 * How far the review of a receipt is. `corrected`: a person has settled every reason; `accepted`: a person said that all
 * of it is right; `rejected`: it is no receipt, or nobody can read it; `expired`: nobody came in time, so it is still in
 * doubt and out of the list.
 */
export const REVIEW_STATES = ['open', 'corrected', 'accepted', 'rejected', 'expired'] as const;
export type ReviewState = (typeof REVIEW_STATES)[number];

/** Why a person rejects a receipt. */
export const REJECTIONS = ['not_a_receipt', 'unreadable', 'duplicate'] as const;
export type Rejection = (typeof REJECTIONS)[number];

/** What a person may set. */
export const EDITABLE = ['merchant_name', 'purchase_date', 'total_amount', 'currency'] as const;
export type EditableField = (typeof EDITABLE)[number];
export const SAID_FIELDS = [...EDITABLE, 'items'] as const;
export type SaidField = (typeof SAID_FIELDS)[number];

const time = z.iso.datetime();

/** The review of one receipt. */
export const review = z.object({
  state: z.enum(REVIEW_STATES),
  since: time,
  ended_at: time.nullable(),
  ended_by: z.enum(['person', 'reading', 'policy']).nullable().describe('policy: REVIEW_EXPIRES_DAYS.'),
  user_id: z.int().nullable().describe('The person who ended it.'),
  because: z.enum(REJECTIONS).nullable().describe('Of a rejected one.'),
});

/** Who set a field, and when. */
export const provenance = z.object({
  set_by: z.enum(SETTERS).nullable().describe('null: nobody has.'),
  user_id: z.int().nullable().describe('The person, or whom the assistant acted for.'),
  job_id: z.string().nullable().describe('The reading, where the agent set it.'),
  attempt: z.int().nullable().describe('Of that job.'),
  at: time.nullable(),
  read: z
    .string()
    .nullable()
    .describe(
      'What the latest reading says instead, where somebody else set the field; of items their number and sum.',
    ),
});

/** One change of what was there already. */
export const receiptChange = z.object({
  version: z.int().describe('Of the receipt after it.'),
  at: time,
  by: z.enum(['agent', 'person', 'assistant', 'policy']),
  user_id: z.int().nullable(),
  did: z.enum(['read', 'corrected', 'accepted', 'rejected', 'suggested', 'expired']),
  fields: z
    .array(z.object({ field: z.enum(SAID_FIELDS), from: z.string().nullable(), to: z.string().nullable() }))
    .describe('What was changed; of items their number and sum.'),
});
export type ReceiptChange = z.infer<typeof receiptChange>;

export const sumMismatch = z.object({
  items_sum: z.string(),
  total: z.string(),
  currency: z.string().nullable(),
});

/** Receipts that wait for a person. */
export const REVIEWS = {
  /** Looked at for one page of a list with a filter. */
  looked: 2_000,
  /** Rounds that end what nobody came for. */
  expireEveryMs: 60_000,
} as const;
