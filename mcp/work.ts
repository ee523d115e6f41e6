import { isTerminal, STATUSES } from '../src/contract/job.ts';
import type { Work } from './tool.ts';

type Shown = Readonly<Record<string, unknown>>;

/** The batch that an answer tells of. */
export function batchIn({ batch_id }: Shown): Work | undefined {
  return typeof batch_id === 'string' ? { batch_id } : undefined;
}

/** What an answer says was not taken, or is still to do: a task would say nothing of it. */
const NOT_TAKEN = ['skipped', 'refused', 'left'];

/** The one job that an answer tells of, as long as it has not ended, or the batch. */
export function jobsIn(shown: Shown): Work | undefined {
  if (NOT_TAKEN.some((name) => shown[name] !== undefined)) return undefined;
  const { job_id, status, job_ids, left_out } = shown;
  const isLive = STATUSES.some((each) => each === status && !isTerminal(each));
  if (typeof job_id === 'string') return isLive ? { job_id } : undefined;
  // Of one job the result is what was read, of a batch its counts.
  const [only, another]: unknown[] = Array.isArray(job_ids) && left_out === undefined ? job_ids : [];
  return typeof only === 'string' && another === undefined ? { job_id: only } : batchIn(shown);
}
