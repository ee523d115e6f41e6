import { z } from 'zod';
import { amountIn } from '../cost.ts';
import {
  batchId,
  force,
  idempotencyKey,
  imagePath,
  money,
  notes,
  priority,
  receiptIds,
  startFields,
  userId,
} from '../fields.ts';
import { operation } from '../operation.ts';
import { LIMITS } from '../policies.ts';
import { budget } from './budgets.ts';

/** Which receipts, and which of them become new jobs. */
const receipts = {
  receipt_ids: receiptIds.optional(),
  pending: z.literal(true).optional().describe('Every receipt of the user that is still pending, oldest first.'),
  limit: z.int().min(1).max(LIMITS.batch).optional().describe('With pending: at most this many.'),
  image_paths: z.array(imagePath).max(LIMITS.batch).optional().describe('One for each receipt id, in the same order.'),
  user_id: userId.optional(),
  force: force.optional(),
} as const;

/** What becomes of them. */
const members = {
  total: z.int(),
  queued: z.int().describe('New jobs.'),
  deduplicated: z.int().describe('Receipts whose job was already there.'),
  skipped: z
    .array(z.object({ receipt_id: z.int(), code: z.string() }))
    .describe('With pending: receipts that cannot be queued, and why; the first 50. The others can.'),
} as const;

const refusals = [
  'batch_empty',
  'batch_too_large',
  'batch_length_mismatch',
  'receipt_not_found',
  'image_missing',
  'idempotency_conflict',
  'job_active',
] as const;

export const enqueueBatchOcr = operation({
  name: 'enqueue_batch_ocr',
  summary: 'Queue many receipts in one write: all of them are accepted, or none.',
  input: z.strictObject({
    ...receipts,
    priority: priority.optional(),
    ...startFields,
    idempotency_key: idempotencyKey.optional(),
  }),
  output: z.object({
    batch_id: batchId.nullable().describe('null when nothing was pending.'),
    ...members,
    job_ids: z.array(z.string()).describe('The first 1,000.'),
    notes,
  }),
  effect: 'write',
  scope: 'jobs:write',
  errors: [
    ...refusals,
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

const price = z.object({
  per_call: money,
  currency: z.string(),
  source: z
    .enum(['recent_calls', 'configured'])
    .describe('What the latest calls of the tenant cost on average; or AGENT_PRICE, where none has a known cost.'),
  calls: z.int().describe('So many calls the average is of; 0 of a configured price.'),
});

export const estimateBatchOcr = operation({
  name: 'estimate_batch_ocr',
  summary: 'What enqueue_batch_ocr would make of these receipts, and what their calls would cost; nothing is queued.',
  input: z.strictObject(receipts),
  output: z.object({
    ...members,
    stored_replies: z.int().describe('New jobs whose reply is paid and stored already: they cost nothing.'),
    agent_calls: z
      .int()
      .describe('New jobs that would call the agent. A call that fails and is made again is not in it.'),
    price: price.nullable().describe('Of one call; null: nobody knows it.'),
    cost: amountIn.nullable().describe('Of all those calls; null: not known.'),
    budgets: z
      .array(
        budget.extend({
          exceeded_by: money.describe('So much more than is left of it would these calls cost; "0": they fit.'),
        }),
      )
      .describe('The budgets that these calls fall under, those exceeded most first; at most 20.'),
    notes,
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: [...refusals, 'forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/jobs/batch/estimate'],
  maxBodyBytes: LIMITS.batchBytes,
  cli: 'batch estimate [receipt_ids...]',
});
