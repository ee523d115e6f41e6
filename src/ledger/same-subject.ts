import type { JobType } from '../jobs/job-type.ts';

/**
 * Is what stands under the id now what a job was made for? `functions/same-subject.sql` says it; here its calls for the
 * aliases of a row of `pantry_queue.jobs` and of what a kind's look-up has found.
 */

/** SQL: what stands under the ids of a kind, to be joined by `subject`. */
export const lookupOf = ({ sql }: JobType) => `(${sql.lookup})`;

/** The same row: it was not deleted and its id given to another. */
export const sameRow = (job: string, found: string) =>
  `pantry_queue.is_same_row(${job}.params, ${job}.orphaned_at, ${found}.made)`;

/** The same row, of the same owner: what its job says may be shown. */
export const sameOwner = (job: string, found: string) =>
  `(${found}.user_id = ${job}.user_id and ${sameRow(job, found)})`;

/** The same row and owner, of the same making: a result of the job is one of this subject. */
export const sameSubject = (job: string, found: string) =>
  `pantry_queue.is_same_subject(${job}.params, ${job}.user_id, ${job}.orphaned_at,
    ${found}.params, ${found}.user_id, ${found}.made)`;

/** As a condition of a statement that changes a job. */
export const subjectStands = (type: JobType, job: string) =>
  `exists (select from ${lookupOf(type)} s where s.subject = ${job}.subject and ${sameSubject(job, 's')})`;

/** How a live job ends whose subject is not what it was made for; null where it is. What was found may be absent. */
export const mismatchOf = (job: string, found: string) => `case
    when ${found}.subject is null or not ${sameRow(job, found)} then 'deleted'
    when not coalesce(${sameSubject(job, found)}, false) then 'changed' end`;

export type Mismatch = 'deleted' | 'changed';
