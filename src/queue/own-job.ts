import { type AskedJob, parseJobId } from '../contract/job.ts';
import type { JobKinds } from '../jobs/job-type.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { type OneJobRow, readJob } from '../ledger/jobs.ts';
import type { Caller } from './caller.ts';
import { noSuchJob, noSuchKind } from './refusals.ts';

/**
 * Reads a job id; what is none, or of no kind that is known here, is answered like a job that does not exist.
 * @throws AppError job_not_found
 */
export function askedJob(kinds: JobKinds, jobId: string): AskedJob {
  const key = parseJobId(jobId);
  if (!key) throw noSuchJob(jobId);
  if (!kinds.find(key.kind)) throw noSuchKind(kinds, key.kind, jobId);
  return key;
}

/** May the caller know of this job? A job of somebody else is answered like one that does not exist. */
export function isOwn<Row extends JobRow>(row: Row | undefined, { userId }: Caller): row is Row {
  return row !== undefined && (userId === undefined || row.user_id === userId);
}

/** @throws AppError job_not_found */
export function ownJob<Row extends JobRow>(row: Row | undefined, caller: Caller, jobId: string): Row {
  if (!isOwn(row, caller)) throw noSuchJob(jobId);
  return row;
}

/** @throws AppError job_not_found */
export async function readOwnJob(caller: Caller, asked: AskedJob, jobId: string): Promise<OneJobRow> {
  const { db, tenant, userId } = caller;
  return ownJob(await readJob(db, tenant, asked, userId), caller, jobId);
}
