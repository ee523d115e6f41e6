import { z } from 'zod';
import { fieldRule } from './check-input.ts';
import { quoted } from './clean-text.ts';
import { lineText, userId } from './fields.ts';
import { MONEY } from './money-policy.ts';
import { LIMITS } from './policies.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const AMOUNT = /^-?(0|[1-9]\d{0,14})(\.\d{1,6})?$/;

const isDay = (text: string) => DAY.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;

const day = (name: string) =>
  z
    .string()
    .check(
      fieldRule((text) =>
        isDay(text)
          ? undefined
          : { code: 'format', message: `${name} must be a day as YYYY-MM-DD, not ${quoted(text)}.` },
      ),
    );

const amount = (name: string) =>
  z
    .string()
    .max(32)
    .check(
      fieldRule((text) =>
        AMOUNT.test(text)
          ? undefined
          : { code: 'format', message: `${name} must be an amount as "12.50", not ${quoted(text)}.` },
      ),
    );

/** Something to look for: a letter, a digit or a sign. */
const sought = (name: string, most: number) =>
  lineText(most)
    .min(1)
    .check(
      fieldRule((text) =>
        text.trim() === '' ? { code: 'format', message: `${name} must have at least one letter.` } : undefined,
      ),
    );

/** The one filter of receipts: whatever finds, sums or exports them takes these fields. All that are given must hold. */
export const receiptFilter = {
  user_id: userId.optional(),
  merchant: sought('merchant', LIMITS.merchant)
    .optional()
    .describe('The shop in any spelling: "lidl" finds LIDL and Lidl GmbH. Other names that look like it are named.'),
  item: sought('item', MONEY.item).optional().describe('A word on a line of the receipt: "milk".'),
  from: day('from').optional().describe('First day of purchase, YYYY-MM-DD.'),
  to: day('to').optional().describe('Last day of purchase, YYYY-MM-DD.'),
  min_total: amount('min_total').optional().describe('Only receipts with at least this total: "10.00".'),
  max_total: amount('max_total').optional().describe('Only receipts with at most this total: "20.00".'),
  currency: z
    .string()
    .check(
      fieldRule((text) =>
        /^[A-Za-z]{3}$/.test(text)
          ? undefined
          : { code: 'format', message: `currency must be a code of three letters, as EUR, not ${quoted(text)}.` },
      ),
    )
    .optional()
    .describe('Only receipts in this currency, as EUR.'),
  needs_review: z
    .boolean()
    .optional()
    .describe('true: only doubtful receipts; false: only those without doubt. Default: both.'),
} as const;

export type ReceiptFilter = z.infer<z.ZodObject<typeof receiptFilter>>;
