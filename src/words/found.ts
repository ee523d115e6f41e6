import type { Failure } from '../contract/operations/failed-jobs.ts';
import type { JobInBrief } from '../contract/operations/find-jobs.ts';
import { shortTime, table } from './table.ts';

/** Lists of jobs and of their failures, for a person. */

const JOB_HEAD = ['job', 'state', 'user', 'since', 'error', 'merchant'];

function jobRow(job: JobInBrief): string[] {
  const state = job.phase === null ? job.status : `${job.status}/${job.phase}`;
  const since = shortTime(job.ended_at ?? job.created_at);
  return [job.job_id, state, String(job.user_id), since, job.error_code ?? '–', job.merchant ?? '–'];
}

/** @param nextCursor a page may be empty, and others behind it are not */
export function foundText(jobs: readonly JobInBrief[], nextCursor: string | null): string[] {
  if (jobs.length > 0) return table([JOB_HEAD, ...jobs.map(jobRow)]);
  return [nextCursor === null ? 'No jobs.' : 'None so far.'];
}

const FAILURE_HEAD = ['jobs', 'error', 'fingerprint', 'last', 'message'];

function failureRow({ jobs, error_code, fingerprint, last_at, message }: Failure): string[] {
  return [String(jobs), error_code, fingerprint, shortTime(last_at), message];
}

export function failuresText(failures: readonly Failure[]): string[] {
  return failures.length === 0 ? ['No failed jobs.'] : table([FAILURE_HEAD, ...failures.map(failureRow)]);
}
