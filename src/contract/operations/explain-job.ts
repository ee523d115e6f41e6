import { z } from 'zod';
import { costs, paidCalls } from '../cost.ts';
import { jobId, maybeTime, time } from '../fields.ts';
import { PHASES, STATUSES } from '../job.ts';
import { operation } from '../operation.ts';

export const WHO_ACTS = ['nobody', 'owner', 'operator'] as const;
export type WhoActs = (typeof WHO_ACTS)[number];

/** The longest explanation. */
export const MAX_LINES = 15;

const wait = z.object({
  state: z.string().describe('status/phase, as "queued/admission".'),
  waits_for: z.string(),
  seconds: z.number(),
  times: z.int(),
  now: z.boolean().describe('It waits so at this moment.'),
});

const attempts = z.object({
  first: z.int(),
  last: z.int().describe('Attempts that ended alike, one after the other, are one entry.'),
  outcome: z
    .string()
    .nullable()
    .describe(
      'replied, the code of an error, attempt_lost, canceled or failed with its job; null while it is under way.',
    ),
  charged: z.boolean().describe('They count against the limit of attempts.'),
  began_at: time,
  ended_at: maybeTime,
  seconds: z.number().describe('Of all of them together.'),
});

export const explainJob = operation({
  name: 'explain_job',
  summary: 'Explain a job in a few lines: what it waited for, each attempt, what happens next, who must act.',
  input: z.strictObject({ job_id: jobId }),
  output: z.object({
    job_id: z.string(),
    generation: z.int(),
    status: z.enum(STATUSES),
    phase: z.enum(PHASES).nullable(),
    lines: z.array(z.string()).describe(`At most ${MAX_LINES} sentences.`),
    next: z.string().describe('What happens next.'),
    who_acts: z
      .enum(WHO_ACTS)
      .describe('Who must act so that it goes on or is read after all; nobody: it goes by itself.'),
    gives_up_at: maybeTime.describe('When it fails if it has not ended by then; null: it has ended.'),
    waits: z.array(wait).describe('Empty where its events are past their retention.'),
    attempts: z.array(attempts),
    paid_calls: paidCalls,
    costs,
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['job_not_found', 'search_too_broad', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/jobs/{job_id}/explain'],
  cli: 'job explain <job_id>',
});
