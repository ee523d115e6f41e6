import * as z from 'zod';
import { ON_PARENT_FAILURE } from './job.ts';
import { SAID_FIELDS } from './review.ts';
import { REASON_CODES } from './review-reasons.ts';
import { SCHEDULES } from './schedule-policies.ts';

/** Who an event is for: `owner` the owner of the job, `operator` only the operator of the queue. */
export type Audience = 'owner' | 'operator';

interface EventRow {
  /** `data` of the event; absent = it has none. */
  readonly data?: z.ZodType;
  readonly audience: Audience;
  /** What a webhook calls it; absent = no webhook tells of it. */
  readonly webhook?: string;
  /** What has happened, for a person. */
  readonly says: string;
}

const priority = z.union([z.literal(1), z.literal(3), z.literal(5)]);
const errorCode = z.string().regex(/^[a-z_]{1,60}$/);

/** What makes a schedule fire. */
export const TRIGGERS = ['time', 'person', 'backfill'] as const;

const count = z.int().min(0);
const breakerReason = z.enum(['agent_unreachable', 'agent_rate_limited', 'images_unreachable', 'same_error']);
/** How the members of a batch stood when the last of them had ended. */
export const batchCounts = {
  total: count,
  finished: count,
  failed: count,
  canceled: count,
  gone: count,
  deduplicated: count,
  cleared: count,
  paid_calls: count,
} as const;

/** Times of a schedule that made no run of their own: while nobody could fire them, or while a run before them waited. */
export const missedTimes = z.strictObject({
  count: z.union([z.int().min(1), z.literal(`${SCHEDULES.countedMissed}+`)]),
  first: z.iso.datetime(),
  last: z.iso.datetime(),
});

const scheduleRun = z.strictObject({
  schedule: z.string(),
  scheduled_for: z.iso.datetime(),
  trigger: z.enum(TRIGGERS),
  missed: missedTimes.nullable(),
});

/**
 * Every fact that is recorded about a job, and those about a batch, a schedule or the breaker of the agent, which every
 * tenant is told. A job's state after it, run and attempt stand
 * beside it in the event.
 */
export const EVENTS = {
  enqueued: {
    data: z.strictObject({ priority }),
    audience: 'owner',
    says: 'It was accepted.',
  },
  released: {
    data: z.strictObject({ by: z.enum(['time', 'parents', 'request']) }),
    audience: 'owner',
    says: 'Its time has come, the jobs that it waited for have ended, or a person started it before its time.',
  },
  parent_unfinished: {
    data: z.strictObject({ parent: z.string(), status: z.string(), outcome: z.enum(ON_PARENT_FAILURE) }),
    audience: 'owner',
    says: 'A job that it waited for ended without a result; the next event says what became of it.',
  },
  priority_set: {
    data: z.strictObject({ priority }),
    audience: 'owner',
    says: 'Its priority was changed while it waited.',
  },
  admitted: { audience: 'operator', says: 'Its turn has come: it is handed over to Temporal.' },
  attempt_started: {
    data: z.strictObject({ worker: z.string() }),
    audience: 'owner',
    says: 'A worker began to call the agent.',
  },
  attempt_failed: {
    data: z.strictObject({ code: errorCode, charged: z.boolean() }),
    audience: 'owner',
    says: 'The attempt ended without a usable reply.',
  },
  attempt_lost: { audience: 'operator', says: 'The worker that made the attempt is gone; it was handed back.' },
  deferred: { audience: 'owner', says: 'It waits before its next attempt.' },
  due: { audience: 'operator', says: 'Its wait is over.' },
  reply_stored: {
    data: z.strictObject({ agent_ms: z.int() }),
    audience: 'operator',
    says: 'The reply of the agent was stored as it came.',
  },
  save_waits: { audience: 'operator', says: 'Nobody saved its reply in time; the next worker does.' },
  save_claimed: { audience: 'operator', says: 'A later attempt or run took over the stored reply.' },
  run_replaced: {
    data: z.strictObject({ why: z.string() }),
    audience: 'operator',
    says: 'Temporal had lost or ended its run; it is started again under a new run number.',
  },
  cancel_requested: { audience: 'owner', says: 'A cancel was asked for while the agent was being called.' },
  finished: {
    // The hash goes when the receipt is deleted.
    data: z.strictObject({ result_hash: z.string().optional(), needs_review: z.boolean().nullable() }),
    audience: 'owner',
    webhook: 'job.finished',
    says: 'Its reading was saved.',
  },
  receipt_needs_review: {
    data: z.strictObject({ reasons: z.array(z.enum(REASON_CODES)) }),
    audience: 'owner',
    webhook: 'receipt.needs_review',
    says: 'A person should look at the receipt: `list_reviews` has it now.',
  },
  receipt_corrected: {
    data: z.strictObject({
      by: z.enum(['person', 'assistant']),
      user_id: z.int(),
      fields: z.array(z.enum(SAID_FIELDS)),
    }),
    audience: 'owner',
    says: 'Somebody has set fields of the receipt; whether a person has to look is as it was.',
  },
  receipt_reviewed: {
    data: z.strictObject({
      outcome: z.enum(['corrected', 'accepted', 'rejected', 'expired', 'settled']),
      by: z.enum(['person', 'reading', 'policy']),
      user_id: z.int().nullable(),
      fields: z.array(z.enum(SAID_FIELDS)),
    }),
    audience: 'owner',
    says: 'The review of the receipt has ended: by a person, a later reading without doubts (`settled`), or its time.',
  },
  failed: {
    data: z.strictObject({ code: errorCode }),
    audience: 'owner',
    webhook: 'job.failed',
    says: 'It ended without a reading.',
  },
  canceled: { audience: 'owner', webhook: 'job.canceled', says: 'It was canceled.' },
  batch_finished: {
    data: z.strictObject(batchCounts),
    audience: 'owner',
    webhook: 'batch.finished',
    says: 'All members of the batch had ended; it is about no single job.',
  },
  budget_exhausted: {
    data: z.strictObject({
      budget_of: z.int().nullable(),
      amount: z.string(),
      spent: z.string(),
      currency: z.string(),
      period: z.enum(['day', 'month']),
      ends_at: z.string(),
    }),
    audience: 'owner',
    webhook: 'budget.exhausted',
    says: 'A budget is used up: no further call begins. Its job’s call was the last; without a job, somebody set it so.',
  },
  budget_renewed: {
    data: z.strictObject({ budget_of: z.int().nullable() }),
    audience: 'owner',
    webhook: 'budget.renewed',
    says: 'Calls may begin again: a budget was raised or removed, or its next period has begun. It is about no job.',
  },
  schedule_fired: {
    data: scheduleRun,
    audience: 'owner',
    says: 'A schedule fired: what was pending was accepted as this batch; without a batch nothing was pending.',
  },
  schedule_skipped: {
    data: scheduleRun.extend({ code: errorCode }),
    audience: 'owner',
    says: 'A time of a schedule made no run: the one before had not ended (`overlap`), or the run was refused.',
  },
  webhook_disabled: {
    data: z.strictObject({ webhook_id: z.string() }),
    audience: 'owner',
    says: 'The endpoint of a webhook answered that it is gone (410): it is told of nothing more. It is about no job.',
  },
  breaker_opened: {
    data: z.strictObject({ reason: breakerReason }),
    audience: 'operator',
    says: 'No further job is sent to the agent until a probe shows that it is well; it is about no single job.',
  },
  breaker_probing: {
    data: z.strictObject({ reason: breakerReason, in_flight: count }),
    audience: 'operator',
    says: 'The agent is tried again with so many jobs at once; it is about no single job.',
  },
  breaker_closed: {
    data: z.strictObject({ reason: breakerReason, open_s: count }),
    audience: 'operator',
    says: 'The agent has recovered, and every job may be sent to it again. It is about no single job.',
  },
  cleared: { audience: 'owner', says: 'A person cleared its failure: it left the counts and lists.' },
  restored: { audience: 'owner', says: 'A person took the clearing back: it is counted and listed again.' },
} as const satisfies Readonly<Record<string, EventRow>>;

export type EventKind = keyof typeof EVENTS;
export type ReviewEndedBy = z.infer<typeof EVENTS.receipt_reviewed.data>['by'];

/** What `data` of an event of this kind is; undefined: it has none. */
export function dataSchemaOf(kind: EventKind): z.ZodType | undefined {
  const row: EventRow = EVENTS[kind];
  return row.data;
}

/** Those that go by their own age: no job and no batch takes them along. */
export const AGED = [
  'schedule_fired',
  'schedule_skipped',
  'budget_exhausted',
  'budget_renewed',
  'webhook_disabled',
  'breaker_opened',
  'breaker_probing',
  'breaker_closed',
] as const satisfies readonly EventKind[];
