import type { Subject } from '../../contract/job.ts';
import type { Db } from '../db.ts';

/** A job that another is to wait for, as it was named. */
export type Parent = {
  job_id: string;
  job_no: number | null;
  status: string | null;
  /** `functions/later.sql` says which is which. */
  verdict: 'waits' | 'finished' | 'unfinished' | 'not_found' | 'circle';
};

const PARENTS = 'select job_id, job_no, status, verdict from pantry_queue.parents_of($1, $2, $3, $4, $5)';

/**
 * @param after ids of jobs, any text
 * @param of the subjects whose jobs are to wait: of one kind
 * @returns one answer for each id, in order
 */
export function findParents(
  db: Db,
  after: readonly string[],
  { tenant, userId, of }: { tenant: string; userId: number | undefined; of: readonly Subject[] },
): Promise<Parent[]> {
  const subjects = of.map(({ subject }) => subject);
  return db.query<Parent>(PARENTS, [after, tenant, userId ?? null, of[0]?.kind ?? '', subjects]);
}
