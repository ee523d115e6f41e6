import { z } from 'zod';
import { money } from '../fields.ts';
import { MONEY } from '../money-policy.ts';
import { operation } from '../operation.ts';
import { receiptFilter } from '../receipt-filter.ts';
import { merchantFields } from './find-receipts.ts';

export const SUM_BY = ['merchant', 'month', 'item', 'currency'] as const;
export type SumBy = (typeof SUM_BY)[number];

const part = z.object({ receipts: z.int(), total: money.describe('Exact, as a decimal: "62.68".') });

const sums = {
  currency: z.string().nullable().describe('null: the receipts name none.'),
  certain: part.describe('Receipts without a doubt.'),
  doubtful: part.describe('Receipts that a person should look at (needs_review); not part of certain.'),
} as const;

export const summarizeReceipts = operation({
  name: 'summarize_receipts',
  summary: 'Exact sums of the receipts of a user, each currency for itself and doubtful receipts apart.',
  input: z.strictObject({
    ...receiptFilter,
    sum_by: z
      .enum(SUM_BY)
      .optional()
      .describe('What a row is: a shop, a month, or a name of an item (whose prices are summed). Default: currency.'),
    limit: z
      .int()
      .min(1)
      .max(MONEY.groups)
      .optional()
      .describe(`Rows of the answer. Default ${MONEY.groupsByDefault}.`),
  }),
  output: z.object({
    sum_by: z.enum(SUM_BY),
    receipts: z.int().describe('How many receipts the filter finds.'),
    totals: z.array(z.object(sums)).describe('Of all that was found, a row for each currency.'),
    groups: z
      .array(
        z.object({
          group: z
            .string()
            .nullable()
            .describe('The shop or item as it is mostly written, the month as YYYY-MM; null: it is not known.'),
          ...sums,
        }),
      )
      .describe('A row for each group and currency: months from the latest, others from the largest sum.'),
    groups_left_out: z.int().describe('Rows beyond limit; they are part of totals.'),
    without_total: z
      .int()
      .describe('Found, and in no sum: their total is not known; by item, lines whose price is not known.'),
    without_date: z
      .int()
      .describe('Fit the filter but for from and to, because their day is not known; with from or to in no sum.'),
    ...merchantFields,
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'search_too_broad', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/receipts/summary'],
  cli: 'receipt sum',
});
