import { jobFilter } from '../job-filter.ts';

const {
  user_id,
  receipt_id,
  error_code,
  fingerprint,
  batch_id,
  created_after,
  created_before,
  ended_after,
  ended_before,
} = jobFilter;

/**
 * Failed jobs that a person acts on. Only what never changes of a job that has failed: what is confirmed is what was
 * previewed, so a merchant's name, which anybody may correct meanwhile, is none of it.
 */
export const failedJobsFilter = {
  user_id,
  receipt_id,
  error_code,
  fingerprint,
  batch_id,
  created_after,
  created_before,
  ended_after,
  ended_before,
} as const;
