import { isTerminal, STATUSES } from '../src/contract/job.ts';
import type { Work } from './tool.ts';

type Shown = Readonly<Record<string, unknown>>;

/** The batch that an answer tells of. */
export function batchIn({ batch_id }: Shown): Work | undefined {
  return typeof batch_id === 'string' ? { batch_id } : undefined;
}

/** The batch, or the one job, as long as it has not ended. */
export function jobsIn(shown: Shown): Work | undefined {
  const { job_id, status } = shown;
  const isLive = STATUSES.some((each) => each === status && !isTerminal(each));
  return typeof job_id === 'string' && isLive ? { job_id } : batchIn(shown);
}
