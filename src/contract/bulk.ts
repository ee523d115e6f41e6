import { z } from 'zod';
import { time } from './fields.ts';
import { jobFilter } from './job-filter.ts';
import { BULK } from './policies.ts';

/** The calls that make a bulk. */
export const BULK_OPERATIONS = [
  'clear_failed_jobs',
  'redrive_failed_jobs',
  'cancel_jobs',
  'restore_failed_jobs',
] as const;
export type BulkOperation = (typeof BULK_OPERATIONS)[number];

/** Any text: what is no id of a bulk is answered like a bulk that does not exist. */
export const bulkId = z.string().min(1).max(64).describe('The bulk, as the confirmed call has named it.');

/** What a cancel has prevented, by how far the job had come. */
export const written = z.object({
  uncalled: z.int().describe('No call of the agent had begun: nothing was paid, nothing was written.'),
  aborting: z.int().describe('A call of the agent is aborted; its reading is not saved.'),
  called: z.int().describe('The agent had been called, and its reading had not been saved.'),
});

/** How a call over many jobs gets on. The parts always add up: total = done + skipped + failed + remaining. */
export const bulk = z.object({
  bulk_id: z.string(),
  operation: z.enum(BULK_OPERATIONS),
  state: z.enum(['running', 'ended']),
  total: z.int().describe('Jobs that the preview promised.'),
  done: z.int(),
  skipped: z.int().describe('Jobs that were no longer what the preview had seen, or may not be acted on.'),
  failed: z.int().describe('Jobs whose change the database refused.'),
  remaining: z.int(),
  reasons: z.array(z.object({ code: z.string(), jobs: z.int() })).describe('Why jobs were skipped or failed.'),
  written: written.nullable().describe('Of cancel_jobs: how far its jobs had come. Else null.'),
  rate_per_minute: z.int().nullable().describe('The most jobs a minute that were asked for; null = no limit.'),
  jobs_per_minute: z.int().nullable().describe('How fast it goes; null before the first job.'),
  eta_s: z.int().nullable().describe('Seconds until it should have ended; null when it has, or nobody can tell.'),
  filter: z.object(jobFilter).describe('What the preview was asked for.'),
  restorable_until: time
    .nullable()
    .describe(
      `Of clear_failed_jobs: until when restore_failed_jobs takes it back, ${BULK.restoreS / 3600} h. Else null.`,
    ),
  created_at: time,
  ended_at: time.nullable(),
});
export type Bulk = z.infer<typeof bulk>;
export type Written = z.infer<typeof written>;
