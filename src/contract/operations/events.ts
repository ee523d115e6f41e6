import { z } from 'zod';
import { eventEnvelope } from '../event-message.ts';
import { EVENTS, type EventKind } from '../events.ts';
import { batchId, jobId, userId } from '../fields.ts';
import { stream } from '../operation.ts';

const KINDS = Object.keys(EVENTS) as [EventKind, ...EventKind[]];

export const events = stream({
  name: 'follow_events',
  summary: 'Events of jobs, batches, budgets and schedules as they happen, in order and each once.',
  input: z.strictObject({
    after: z
      .string()
      .min(1)
      .max(1_024)
      .optional()
      .describe('The id of the last event that was taken: it goes on behind that one. Left out: from now on.'),
    user_id: userId.optional().describe('Events of this user only. Default: all that you may see.'),
    batch_id: batchId.min(1).max(64).optional().describe('Events of the jobs that this batch queued, and its end.'),
    job_id: jobId.optional().describe('Events of this job: "ocr-17" is every generation, "ocr-17.2" an exact one.'),
    types: z
      .array(z.enum(KINDS))
      .min(1)
      .max(KINDS.length)
      .optional()
      .describe('Events of these types only. Default: all that you may see.'),
  }),
  message: eventEnvelope.extend({ type: z.enum(KINDS) }),
  scope: 'jobs:read',
  errors: ['job_not_found', 'batch_not_found', 'rate_limited', 'ledger_unavailable'],
  http: ['GET', '/events'],
  cli: 'queue events',
});
