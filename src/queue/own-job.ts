import { type AskedJob, parseJobId } from '../contract/job.ts';
import type { JobRow } from '../ledger/job-row.ts';
import type { Caller } from './caller.ts';
import { noSuchJob } from './refusals.ts';

/**
 * Reads a job id; what is none is answered like a job that does not exist.
 * @throws AppError job_not_found
 */
export function askedJob(jobId: string): AskedJob {
  const key = parseJobId(jobId);
  if (!key) throw noSuchJob(jobId);
  return key;
}

/** May the caller know of this job? A job of somebody else is answered like one that does not exist. */
export function isOwn(row: JobRow | undefined, { userId }: Caller): row is JobRow {
  return row !== undefined && (userId === undefined || row.user_id === userId);
}

/** @throws AppError job_not_found */
export function ownJob(row: JobRow | undefined, caller: Caller, jobId: string): JobRow {
  if (!isOwn(row, caller)) throw noSuchJob(jobId);
  return row;
}
