import { z } from 'zod';
import { time, userId } from '../fields.ts';
import { operation } from '../operation.ts';
import { HISTORY } from '../policies.ts';

export const STEPS = Object.keys(HISTORY.steps) as [HistoryStep, ...HistoryStep[]];
export type HistoryStep = keyof typeof HISTORY.steps;

const wait = z.number().nullable();

const bucket = z.object({
  at: time.describe('When it begins.'),
  accepted: z.int(),
  started: z.int().describe('Jobs whose first call of the agent began.'),
  finished: z.int(),
  failed: z.int(),
  canceled: z.int(),
  wait_p50_s: wait.describe('Of those that started: half had waited no longer than this; exact to a fifth.'),
  wait_p95_s: wait,
});
export type HistoryBucket = z.infer<typeof bucket>;

export const queueHistory = operation({
  name: 'queue_history',
  summary: 'What was accepted, started and ended in each span of time, and how long jobs waited; for charts.',
  input: z.strictObject({
    user_id: userId.optional().describe('Only the jobs of this user.'),
    from: time.optional().describe('Default: a day before `to`.'),
    to: time.optional().describe('Default: now.'),
    step: z
      .enum(STEPS)
      .optional()
      .describe(`Width of a bucket; at most ${HISTORY.mostBuckets} are given. Default: what suits the time asked for.`),
  }),
  output: z.object({
    from: time,
    to: time,
    step_s: z.int(),
    kept_from: time.describe('Buckets of this width are kept from here on; earlier ones are empty.'),
    buckets: z.array(bucket).describe('All of them in order, those in which nothing happened too.'),
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['GET', '/queue/history'],
  cli: 'queue history',
});
