import { z } from 'zod';
import { time, userId } from '../fields.ts';
import { list } from '../list.ts';
import { operation } from '../operation.ts';
import { REDRIVES } from '../redrive.ts';

const failure = z.object({
  error_code: z.string().describe('What the last attempt met, where all attempts failed; else what ended the jobs.'),
  fingerprint: z
    .string()
    .describe('Names the cause in the filter of find_jobs and of the calls that act on many jobs.'),
  message: z.string().describe('Of the latest of them; the others differ in numbers, ids and quoted values only.'),
  jobs: z.int().describe('How many, exactly.'),
  first_at: time,
  last_at: time,
  samples: z.array(z.string()).describe('The latest of them, at most three.'),
  redrive: z.enum(REDRIVES).describe('Can running them again help: now, after_fix (remove the cause first), or never.'),
  hint: z.string(),
});
export type Failure = z.infer<typeof failure>;

export const failedJobs = operation({
  name: 'failed_jobs',
  summary: 'The failed jobs by their cause: how many, since when, examples, and whether running them again can help.',
  ...list(
    { user_id: userId.optional() },
    { failures: z.array(failure).describe('In the order of error code and fingerprint.') },
  ),
  effect: 'read',
  scope: 'jobs:read',
  errors: ['forbidden', 'search_too_broad', 'ledger_unavailable'],
  repeat: 'safe',
  http: ['GET', '/jobs/failed'],
  cli: 'job failed',
});
