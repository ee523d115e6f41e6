import { z } from 'zod';
import { idempotencyKey, job, priority, purchaseDate, userId } from '../fields.ts';
import type { CallRow } from '../operation.ts';
import { receipt } from './receipts.ts';

/** What an upload says about its image, or a bulk upload about all of them. */
export const uploadFields = z.strictObject({
  purchase_date: purchaseDate.optional(),
  user_id: userId.optional(),
  priority: priority.optional(),
  allow_duplicate: z
    .boolean()
    .optional()
    .describe(
      'Store and read the image even though this user has a receipt of the same bytes; it is paid for again. Default: false.',
    ),
});

/** Of an upload whose image is one that its user has a receipt of already. */
export const duplicateFields = {
  deduplicated: z
    .boolean()
    .describe('The same bytes were uploaded before: this is the first receipt of them, and nothing new was made.'),
  differs: z
    .array(z.string())
    .optional()
    .describe('What this upload said otherwise than the first receipt has it; the first stays as it is.'),
} as const;

const upload = uploadFields.extend({
  /** A stream, so that no door ever holds a whole file. A JPEG without an end mark is read twice, where that can be. */
  bytes: z.custom<AsyncIterable<Uint8Array>>(),
  /** An upload that is repeated under its key becomes no second receipt. */
  idempotency: z
    .strictObject({
      key: idempotencyKey,
      /** Which of how many files of one request this is, from 0; a request with one file names none. */
      file: z.strictObject({ index: z.int().min(0), of: z.int().min(1) }).optional(),
    })
    .optional(),
});

/**
 * Stores an image, makes its receipt and queues it, in that order: no row without its image. No route or command is made
 * from this row: its input is a stream.
 */
export const addReceipt = {
  name: 'add_receipt',
  summary: 'Upload one receipt: its image is stored, its receipt made, its job queued.',
  input: upload,
  output: z.object({ receipt, job, ...duplicateFields }),
  effect: 'write',
  scope: 'jobs:write',
  errors: [
    'unsupported_image',
    'image_too_large',
    'image_unreadable',
    'idempotency_conflict',
    'receipt_deleted',
    'storage_full',
    'storage_unavailable',
    'queue_full',
    'rate_limited',
    'ledger_unavailable',
  ],
  repeat: 'keyed',
} as const satisfies CallRow;
