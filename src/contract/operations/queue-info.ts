import { z } from 'zod';
import { time, userId } from '../fields.ts';
import { operation } from '../operation.ts';

export const pause = z.object({
  since: time,
  by: z.string(),
  reason: z.string().nullable(),
});

export const queueInfo = operation({
  name: 'queue_info',
  summary: 'Exact counts by state, ages, errors, workers, and whether the queue is paused and its parts are well.',
  input: z.strictObject({ user_id: userId.optional().describe('Count only the jobs of this user.') }),
  output: z.object({
    name: z.string(),
    count: z.int().describe('Jobs that wait for their turn (the replaced system’s word for queued).'),
    queued_jobs: z.int(),
    started_jobs: z.int(),
    finished_jobs: z.int(),
    failed_jobs: z.int(),
    scheduled_jobs: z.int(),
    deferred_jobs: z.int(),
    canceled_jobs: z.int(),
    oldest_queued_s: z.int().nullable().describe('How long the oldest queued job has waited.'),
    oldest_started_s: z.int().nullable(),
    by_owner: z
      .array(z.object({ user_id: z.int(), queued: z.int(), started: z.int(), deferred: z.int() }))
      .describe('The owners with most live jobs, at most 20.'),
    by_error: z.array(z.object({ code: z.string(), failed: z.int() })),
    workers: z.array(
      z.object({
        name: z.string(),
        slots: z.int(),
        running: z.array(z.string()).describe('Job ids, at most 100.'),
        last_seen_s: z.int(),
      }),
    ),
    agent_slots: z.int().describe('Calls of the agent that the live workers can make at once.'),
    paused: pause.nullable(),
    parts: z.object({
      ledger: z.literal('ok'),
      engine: z.enum(['ok', 'down', 'unknown']),
      engine_since: time.nullable(),
      workers: z.enum(['ok', 'none']),
    }),
    as_of: time,
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['ledger_unavailable', 'forbidden'],
  http: ['GET', '/queue'],
  cli: 'queue info',
});
