import { z } from 'zod';
import {
  batchId,
  force,
  idempotencyKey,
  imagePath,
  notes,
  priority,
  receiptId,
  startFields,
  userId,
} from '../fields.ts';
import { operation } from '../operation.ts';
import { LIMITS } from '../policies.ts';

export const enqueueBatchOcr = operation({
  name: 'enqueue_batch_ocr',
  summary: 'Queue many receipts in one write: all of them are accepted, or none.',
  input: z.strictObject({
    receipt_ids: z.array(receiptId).max(LIMITS.batch).optional(),
    pending: z.literal(true).optional().describe('Every receipt of the user that is still pending, oldest first.'),
    limit: z.int().min(1).max(LIMITS.batch).optional().describe('With pending: at most this many.'),
    image_paths: z
      .array(imagePath)
      .max(LIMITS.batch)
      .optional()
      .describe('One for each receipt id, in the same order.'),
    user_id: userId.optional(),
    priority: priority.optional(),
    force: force.optional(),
    ...startFields,
    idempotency_key: idempotencyKey.optional(),
  }),
  output: z.object({
    batch_id: batchId.nullable().describe('null when nothing was pending.'),
    total: z.int(),
    queued: z.int().describe('New jobs.'),
    deduplicated: z.int().describe('Receipts whose job was already there.'),
    skipped: z
      .array(z.object({ receipt_id: z.int(), code: z.string() }))
      .describe('With pending: receipts that cannot be queued, and why; the first 50. The others were queued.'),
    job_ids: z.array(z.string()).describe('The first 1,000.'),
    notes,
  }),
  effect: 'write',
  scope: 'jobs:write',
  errors: [
    'batch_empty',
    'batch_too_large',
    'batch_length_mismatch',
    'receipt_not_found',
    'image_missing',
    'idempotency_conflict',
    'job_active',
    'job_not_found',
    'dependency_circle',
    'dependency_failed',
    'forbidden',
    'queue_full',
    'rate_limited',
    'ledger_unavailable',
  ],
  // Without its key, a second call makes a second batch of the same jobs.
  repeat: 'keyed',
  http: ['POST', '/jobs/batch'],
  maxBodyBytes: LIMITS.batchBytes,
  cli: 'batch enqueue [receipt_ids...]',
  accepted: ({ queued }) => queued > 0,
});
