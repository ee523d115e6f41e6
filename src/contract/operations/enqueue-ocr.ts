import { z } from 'zod';
import { force, imagePath, job, notes, priority, receiptId, startFields, userId } from '../fields.ts';
import { operation } from '../operation.ts';

export const enqueueOcr = operation({
  name: 'enqueue_ocr',
  summary: 'Queue one receipt for reading. The receipt is the idempotency key: asking again gives the same job.',
  input: z.strictObject({
    receipt_id: receiptId,
    image_path: imagePath.optional(),
    user_id: userId.optional(),
    priority: priority.optional(),
    force: force.optional(),
    ...startFields,
  }),
  output: job.extend({
    deduplicated: z.boolean().describe('The receipt already had this job; nothing new was queued.'),
    differs: z.array(z.string()).optional().describe('Arguments in which the existing job is different.'),
    notes,
  }),
  effect: 'write',
  scope: 'jobs:write',
  errors: [
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
  repeat: 'safe',
  neverRepeatWith: 'force',
  http: ['POST', '/jobs'],
  cli: 'job enqueue <receipt_id>',
  accepted: ({ deduplicated }) => !deduplicated,
});
