import { z } from 'zod';
import { time, userId } from '../fields.ts';
import { operation } from '../operation.ts';
import { role } from './list-workers.ts';

export const pause = z.object({
  since: time,
  by: z.string(),
  reason: z.string().nullable(),
});

const problem = z.object({
  part: z.enum(['ledger', 'queue', 'engine', 'workers', 'agent', 'jobs', 'schedules', 'webhooks']),
  code: z.string(),
  message: z.string(),
  hint: z.string().describe('The next step.'),
  who_acts: z.enum(['operator', 'owner', 'nobody']).describe('nobody: it passes by itself.'),
  since: time.nullable(),
  jobs: z.int().describe('How many wait for it.'),
  examples: z.array(z.string()).describe('Job ids, the oldest first; at most 3.'),
});
const used = z.object({ limit: z.int(), used: z.int() });

const limit = z.object({
  user_id: z.int().nullable().describe('Whose jobs it counts; null: all users together.'),
  kind: z.string().nullable().describe('Only jobs of this kind; null: all kinds together.'),
  reason: z.string(),
  since: time,
  in_flight: used.nullable().describe('Jobs in Temporal.'),
  queued: used.nullable().describe('Jobs that wait: queued, scheduled or deferred.'),
  per_minute: used.extend({ reset_s: z.int() }).nullable().describe('Jobs accepted in this minute, and when it ends.'),
});
export type Limit = z.infer<typeof limit>;
export type Problem = z.infer<typeof problem>;

export const queueInfo = operation({
  name: 'queue_info',
  summary: 'Exact counts by state, ages, errors, workers, whether it is paused, and every problem with its cause.',
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
    oldest_deferred_s: z.int().nullable().describe('Since its acceptance.'),
    reviews: z
      .object({ open: z.int(), oldest_s: z.int().nullable().describe('How long the oldest has waited.') })
      .describe('Receipts that a person should look at.'),
    by_owner: z
      .array(z.object({ user_id: z.int(), queued: z.int(), started: z.int(), deferred: z.int() }))
      .describe('The owners with most live jobs, at most 20.'),
    by_error: z.array(z.object({ code: z.string(), failed: z.int() })),
    workers: z.array(
      z.object({
        name: z.string(),
        role,
        slots: z.int(),
        stopping: z.boolean(),
        running: z.array(z.string()).describe('Job ids, at most 100.'),
        last_seen_s: z.int(),
      }),
    ),
    agent_slots: z.int().describe('Calls of the agent that the live workers can make at once.'),
    paused: pause.nullable().describe('The whole queue; pauses of single owners are problems.'),
    parts: z.object({
      ledger: z.enum(['ok', 'read_only']),
      engine: z.enum(['ok', 'down', 'misconfigured', 'unknown']),
      engine_since: time.nullable(),
      workers: z
        .enum(['ok', 'partial', 'none'])
        .describe('partial: no live worker runs workflows, or none calls the agent.'),
      agent: z.enum(['ok', 'down', 'unknown']),
      agent_since: time.nullable(),
      transactions: z
        .enum(['all', 'own', 'unknown'])
        .describe('Whose open transactions the database lets us see: those that hold back clean-up and events.'),
    }),
    limits: z
      .array(limit)
      .describe('Limits that hold for the caller, and what is used of them, at most 20. Pauses are among them.'),
    problems: z
      .array(problem)
      .describe('Everything that keeps jobs from ending, with its cause; empty when nothing does.'),
    as_of: time,
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['ledger_unavailable', 'forbidden'],
  repeat: 'safe',
  http: ['GET', '/queue'],
  cli: 'queue info',
});
