import { z } from 'zod';
import { missedTimes, TRIGGERS } from '../events.ts';
import { batchId, idempotencyKey, lineText, maybeTime, priority, scheduleName, time, userId } from '../fields.ts';
import { PRIORITIES } from '../job.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';
import { SCHEDULES } from '../schedule-policies.ts';
import { timeZoneName } from '../time-zone.ts';

/** What a time does when the batch of the run before has not ended; the words are those of Temporal Schedules. */
const OVERLAPS = ['skip', 'buffer_one', 'allow_all'] as const;
export type Overlap = (typeof OVERLAPS)[number];

const OUTCOMES = ['fired', 'nothing_pending', 'overlap', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const count = z.int().min(0);
const name = scheduleName;
const cron = z
  .string()
  .min(1)
  .max(SCHEDULES.cron)
  .describe('Minute, hour, day of month, month, day of week: "0 2 * * *" is 02:00 every day. Or @daily, @hourly, …');
const timeZone = timeZoneName.describe('IANA name, whose clock changes count: "Europe/Berlin". Default: UTC.');
const overlap = z
  .enum(OVERLAPS)
  .describe(
    'While the batch of the run before has not ended: skip the time, buffer_one run once it has ended, or allow_all. Default: skip.',
  );
const note = lineText(SCHEDULES.note).optional().describe('Why, for the people who find it paused.');

export const run = z.object({
  at: time,
  scheduled_for: time.describe('The time that it is the run of.'),
  trigger: z.enum(TRIGGERS),
  outcome: z.enum(OUTCOMES),
  batch_id: batchId.nullable(),
  total: count.describe('Receipts that were pending.'),
  queued: count.describe('New jobs.'),
  deduplicated: count.describe('Receipts whose job was already there.'),
  code: z.string().nullable().describe('Why it was refused.'),
  missed: missedTimes.nullable().describe('Times before it that made no run of their own.'),
});
export type ScheduleRun = z.infer<typeof run>;

export const schedule = z.object({
  name: z.string(),
  user_id: z.int().nullable().describe('Whose pending receipts are queued; null: of everybody in the tenant.'),
  cron: z.string(),
  time_zone: z.string(),
  overlap: z.enum(OVERLAPS),
  priority: z.enum(PRIORITIES),
  paused: z.object({ since: time, by: z.string(), note: z.string().nullable() }).nullable(),
  next_at: maybeTime.describe('null while it is paused.'),
  pending_for: maybeTime.describe('A time that was due and whose run still waits, or is tried again.'),
  last: run.nullable().describe('What became of the latest time.'),
  failing: z
    .object({ times: count, since: time, code: z.string() })
    .nullable()
    .describe('Its runs are refused, one after the other.'),
  created_by: z.int(),
  created_at: time,
});
export type Schedule = z.infer<typeof schedule>;

const onOne = { scope: 'jobs:write', effect: 'write' } as const;
const named = ['schedule_not_found', 'ledger_unavailable'] as const;

export const createSchedule = operation({
  name: 'create_schedule',
  summary: 'Queue all pending receipts again and again, at the times of a cron expression.',
  input: z.strictObject({
    name,
    cron,
    time_zone: timeZone.optional(),
    user_id: userId.optional(),
    all_users: z.literal(true).optional().describe('The pending receipts of everybody in the tenant.'),
    priority: priority.optional(),
    overlap: overlap.optional(),
  }),
  output: schedule.extend({ created: z.boolean().describe('false: exactly this schedule was there already.') }),
  ...onOne,
  errors: ['schedule_exists', 'too_many_schedules', 'forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['POST', '/schedules'],
  cli: 'schedule create <name> <cron>',
});

export const listSchedules = operation({
  name: 'list_schedules',
  summary: 'The schedules: when each fires next, and what became of its latest time.',
  ...list(
    { user_id: userId.optional().describe('Only those of this user. Default: of every user you may act for.') },
    { schedules: z.array(schedule) },
  ),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/schedules'],
  cli: 'schedule list',
});

export const getSchedule = operation({
  name: 'get_schedule',
  summary: 'One schedule, with its next times by its own clock and in UTC.',
  input: z.strictObject({ name }),
  output: schedule.extend({
    next: z
      .array(z.object({ at: time, local: z.string().describe('The same time by the clock of its zone.') }))
      .describe(`Its next ${SCHEDULES.nextTimes} times, also while it is paused.`),
  }),
  effect: 'read',
  scope: 'jobs:read',
  errors: named,
  repeat: 'safe',
  http: ['GET', '/schedules/{name}'],
  cli: 'schedule show <name>',
});

export const updateSchedule = operation({
  name: 'update_schedule',
  summary: 'Change when a schedule fires, or how; what it has accepted stays as it is.',
  input: z.strictObject({
    name,
    cron: cron.optional(),
    time_zone: timeZone.optional(),
    priority: priority.optional(),
    overlap: overlap.optional(),
  }),
  output: schedule,
  ...onOne,
  errors: named,
  repeat: 'safe',
  http: ['PATCH', '/schedules/{name}'],
  cli: 'schedule update <name>',
});

const changed = z.boolean().describe('false when it was already so.');

export const pauseSchedule = operation({
  name: 'pause_schedule',
  summary: 'Pause a schedule: its times pass without a run until it is resumed.',
  input: z.strictObject({ name, note }),
  output: schedule.extend({ changed }),
  ...onOne,
  errors: named,
  repeat: 'safe',
  http: ['POST', '/schedules/{name}/pause'],
  cli: 'schedule pause <name>',
});

export const resumeSchedule = operation({
  name: 'resume_schedule',
  summary: 'Resume a paused schedule from its next time on.',
  input: z.strictObject({ name }),
  output: schedule.extend({ changed }),
  ...onOne,
  errors: named,
  repeat: 'safe',
  http: ['POST', '/schedules/{name}/resume'],
  cli: 'schedule resume <name>',
});

export const deleteSchedule = operation({
  name: 'delete_schedule',
  summary: 'Delete a schedule; the jobs and batches that it made stay.',
  input: z.strictObject({ name }),
  output: z.object({ name: z.string(), deleted: z.literal(true) }),
  effect: 'destroy',
  scope: 'jobs:write',
  errors: named,
  // Its name may be another schedule's by then.
  repeat: 'never',
  http: ['DELETE', '/schedules/{name}'],
  cli: 'schedule delete <name>',
});

export const runScheduleNow = operation({
  name: 'run_schedule_now',
  summary: 'Queue now what the schedule would queue at its next time, also while it is paused.',
  input: z.strictObject({ name, idempotency_key: idempotencyKey.optional() }),
  output: run.extend({ name: z.string() }),
  ...onOne,
  errors: [...named, 'idempotency_conflict'],
  repeat: 'keyed',
  http: ['POST', '/schedules/{name}/run'],
  cli: 'schedule run <name>',
  accepted: ({ queued }) => queued > 0,
});

export const backfillSchedule = operation({
  name: 'backfill_schedule',
  summary: 'Make up for past times of a schedule, each as its own run by the overlap policy.',
  input: z.strictObject({
    name,
    from: time.describe('From this time on, inclusive; at most a year ago.'),
    to: time.describe('Up to this time, inclusive; not in the future.'),
    preview: z.literal(true).optional().describe('Only tell the times; nothing is queued.'),
    idempotency_key: idempotencyKey.optional(),
  }),
  output: z.object({
    name: z.string(),
    times: z
      .array(time)
      .describe(`The times of the schedule in that span; more than ${SCHEDULES.backfillTimes} are refused.`),
    runs: z.array(run).describe('What became of each; empty in a preview.'),
  }),
  ...onOne,
  errors: [...named, 'idempotency_conflict'],
  repeat: 'keyed',
  http: ['POST', '/schedules/{name}/backfill'],
  cli: 'schedule backfill <name> <from> <to>',
  accepted: ({ runs }) => runs.some(({ queued }) => queued > 0),
});
