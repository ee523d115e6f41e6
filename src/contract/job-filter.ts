import { z } from 'zod';
import { fieldRule } from './check-input.ts';
import { batchId, receiptId, time, userId } from './fields.ts';
import { PHASES, STATUSES } from './job.ts';
import { LIMITS } from './policies.ts';

/** Half-open, so that the windows of a chart neither overlap nor miss a job. */
const from = (what: string) => time.describe(`Only jobs that ${what} at or after this moment.`);
const until = (what: string) => time.describe(`Only jobs that ${what} before this moment.`);

const errorCode = z
  .string()
  .regex(/^[a-z_]{1,60}$/, 'a code of small letters, as agent_timeout')
  .describe('The code of the error that the job ended with, or that its last attempt met.');

/** What is the same in the messages of failed jobs that have one cause. */
const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits, as failed_jobs names them')
  .describe('The cause of a failure, as failed_jobs names it: 16 hexadecimal digits.');

/** A name that begins with spaces, or is nothing else, begins no merchant's. */
const merchant = z
  .string()
  .min(1)
  .max(LIMITS.merchant)
  .check(
    fieldRule((text) =>
      text === text.trimStart() && !text.includes('\u0000')
        ? undefined
        : { code: 'format', message: 'merchant must begin with a character of the name.' },
    ),
  )
  .describe('How the merchant’s name on the receipt begins, in capital or small letters: "aldi" finds ALDI SÜD.');

/**
 * The one filter of jobs: whatever lists, clears, runs again, cancels or waits for many jobs takes these fields. All
 * that are given must hold. Only the latest generation of each receipt is found, as counts are of it.
 *
 * In an address or on the command line a list is written by naming its field again: `?status=failed&status=canceled`,
 * `--status failed canceled`.
 */
export const jobFilter = {
  user_id: userId.optional().describe('Only jobs of this user.'),
  receipt_id: receiptId.optional(),
  merchant: merchant.optional(),
  status: z
    .array(z.enum(STATUSES))
    .min(1)
    .max(STATUSES.length)
    .optional()
    .describe('Only jobs in one of these states.'),
  phase: z.array(z.enum(PHASES)).min(1).max(PHASES.length).optional().describe('Only jobs in one of these phases.'),
  error_code: errorCode.optional(),
  fingerprint: fingerprint.optional(),
  batch_id: batchId
    .min(1)
    .max(64)
    .describe('Only the members of this batch, each with its latest generation.')
    .optional(),
  created_after: from('were accepted').optional(),
  created_before: until('were accepted').optional(),
  ended_after: from('ended').optional(),
  ended_before: until('ended').optional(),
  cleared: z
    .boolean()
    .optional()
    .describe('true: only failed jobs that were cleared. Default: only jobs that were not.'),
} as const;

export type JobFilter = z.infer<z.ZodObject<typeof jobFilter>>;
