import { z } from 'zod';
import { receiptId } from '../fields.ts';
import { operation } from '../operation.ts';

/** What a reading says the place of. */
const VIEWED_FIELDS = ['merchant_name', 'purchase_date', 'total_amount', 'items'] as const;
export const viewedField = z.enum(VIEWED_FIELDS).describe('Only the place where this was read.');

export const viewReceipt = operation({
  name: 'view_receipt',
  summary: 'A small picture of a receipt, or of the place where a field was read.',
  input: z.strictObject({ receipt_id: receiptId, field: viewedField.optional() }),
  output: z.object({
    receipt_id: z.int(),
    field: z
      .enum(VIEWED_FIELDS)
      .nullable()
      .describe('Whose place the picture shows; null: the whole page, also where that place is not known.'),
    media_type: z.literal('image/jpeg'),
    picture: z.string().describe('At most 100 KB, in base64; upright, and without what the camera wrote into it.'),
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: [
    'receipt_not_found',
    'image_missing',
    'image_unreadable',
    'rate_limited',
    'storage_unavailable',
    'ledger_unavailable',
  ],
  repeat: 'safe',
  http: ['GET', '/receipts/{receipt_id}/view'],
  cli: 'receipt view <receipt_id>',
});
