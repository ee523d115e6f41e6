import { z } from 'zod';
import { jobFilter } from '../job-filter.ts';

/**
 * Failed jobs that a person acts on. Only what never changes once a job has failed, so that a confirmation acts on what
 * was previewed: a merchant's name, which anybody may correct meanwhile, is left out.
 */
export const failedJobsFilter = z.object(jobFilter).pick({
  user_id: true,
  receipt_id: true,
  error_code: true,
  fingerprint: true,
  batch_id: true,
  created_after: true,
  created_before: true,
  ended_after: true,
  ended_before: true,
}).shape;
