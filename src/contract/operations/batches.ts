import { z } from 'zod';
import { costs } from '../cost.ts';
import { batchCounts } from '../events.ts';
import { batchId, scheduleName, time, userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';

const count = z.int().min(0);

/** Where the members of a batch are: each receipt counts with its latest generation. */
const batchProgress = z
  .object({
    finished: count,
    failed: count,
    canceled: count,
    running: count.describe('With an agent, or being saved.'),
    deferred: count.describe('Between two attempts, parked or paused.'),
    waiting: count.describe('For its turn or a worker.'),
    gone: count.describe('Its job was removed from the database by hand.'),
  })
  .describe('Where the members are, by the latest job of each receipt; the parts add up to total.');

export const batchEnd = z
  .object(batchCounts)
  .describe('How the members stood when the last of them had ended; later retries change nothing here.');

const batchSummary = z.object({
  batch_id: batchId,
  user_id: z.int().describe('The user who owns its receipts.'),
  total: count,
  schedule: z.string().nullable().describe('The schedule that made it; null: somebody’s call.'),
  queued: count.describe('Jobs that were made for it.'),
  deduplicated: count.describe('Receipts whose job was there already.'),
  created_at: time,
  ended_at: time.nullable().describe('When all members had ended for the first time.'),
  ended_as: batchEnd.nullable(),
});

export const batch = batchSummary.extend({
  progress: batchProgress,
  cleared: count.describe('Of the failed: those that somebody cleared.'),
  paid_calls: count.describe(
    'Calls of the agent that were answered, for its own jobs and their retries; not for those that were there already.',
  ),
  costs: costs.describe('What these calls cost: one amount a currency, of the calls whose cost is known.'),
  rate_per_minute: z
    .number()
    .describe('Members that ended a minute since it was made: lately, or over its whole life when it has ended.'),
  eta_s: z
    .int()
    .nullable()
    .describe(
      'Seconds until all should have ended, at that rate; null when they have, or nobody can tell: a pause, other jobs, the agent.',
    ),
});
export type Batch = z.infer<typeof batch>;

export const getBatch = operation({
  name: 'get_batch',
  summary: 'How far a batch is: where its receipts are, how fast they are read, and how it ended.',
  input: z.strictObject({ batch_id: batchId.min(1).max(64) }),
  output: batch,
  effect: 'read',
  scope: 'jobs:read',
  errors: ['batch_not_found', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/batches/{batch_id}'],
  cli: 'batch status <batch_id>',
});

export const listBatches = operation({
  name: 'list_batches',
  summary: 'The batches, newest first; get_batch tells how far one is.',
  ...list(
    {
      user_id: userId.optional().describe('Only those of this user. Default: of every user you may act for.'),
      schedule: scheduleName.optional().describe('Only those that this schedule made.'),
    },
    { batches: z.array(batchSummary) },
  ),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/batches'],
  cli: 'batch list',
});
