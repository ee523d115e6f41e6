import { z } from 'zod';
import { receiptFilter } from './receipt-filter.ts';

/** How a spreadsheet of a language reads numbers: where the comma is the decimal point, cells end with a semicolon. */
export const DECIMALS = ['point', 'comma'] as const;
export type DecimalSign = (typeof DECIMALS)[number];

/** What `GET /receipts/export` takes. No row of the operations table: its answer is a file. */
export const receiptExport = {
  name: 'export_receipts',
  input: z.strictObject({
    ...receiptFilter,
    items: z.boolean().optional().describe('A row for each line of a receipt. Default: one for each receipt.'),
    decimal: z
      .enum(DECIMALS)
      .optional()
      .describe('comma: 12,50, and cells end with a semicolon, as many languages have it. Default: point.'),
  }),
  path: '/receipts/export',
  cli: 'receipt export',
  summary: 'Receipts of a user as CSV, by the filter of find_receipts, for spreadsheets.',
} as const;
export type ReceiptExport = z.infer<typeof receiptExport.input>;
