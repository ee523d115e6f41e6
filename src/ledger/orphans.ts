import type { RunKey } from '../contract/job.ts';
import type { JobType } from '../jobs/job-type.ts';
import type { Db } from './db.ts';
import { endJob, endOf } from './ends.ts';
import { type RunRow, runOf } from './job-key.ts';
import { ofKind, ofKinds } from './of-kind.ts';
import { lookupOf, type Mismatch, mismatchOf } from './same-subject.ts';

type Mismatched = RunRow & { live: boolean; mismatch: Mismatch };

const PAGE = 500;

const looked = (type: JobType, jobs: string) => `
  select j.kind, j.subject, j.tenant_id, j.generation, j.run_no, j.job_no, j.live, ${mismatchOf('j', 's')} as mismatch
  from ${jobs} left join ${lookupOf(type)} s on s.subject = j.subject
  where j.kind = '${type.kind}' and j.orphaned_at is null`;

/** Of jobs `j` and what stands under their subjects' ids: those that do not fit. What deleted ones hold a sweep removes. */
const MISMATCHED = (types: readonly JobType[], jobs: string) => `
looked as (${types.map((type) => looked(type, jobs)).join(' union all ')}
), found as (
  select * from looked where mismatch = 'deleted' or (live and mismatch is not null) order by job_no limit ${PAGE}
), buried as (
  insert into pantry_queue.tombstones (kind, subject, tenant_id, job_no)
  select kind, subject, tenant_id, job_no from found where mismatch = 'deleted'
)
select kind, subject, generation, run_no, live, mismatch from found`;

const OVERTAKEN = ofKind(
  (type) => `
with ${MISMATCHED(
    [type],
    `(
    select * from pantry_queue.jobs
    where kind = '${type.kind}' and subject = any ($1::bigint[]) and live) j`,
  )}`,
);

/** Ends live jobs whose subject was deleted or changed, so that what stands under the id now can be queued. */
export async function endOvertaken(db: Db, kind: string, subjects: readonly number[]): Promise<void> {
  await endLive(db, await db.query<Mismatched>(OVERTAKEN(db.kinds.of(kind)), [subjects]));
}

/** What is in Temporal, at every sweep; of all jobs one page, and the next one at the next sweep. */
const WALK = ofKinds(
  ({ list }) => `
with page as materialized (
  select job_no from pantry_queue.jobs
  where job_no > (select walked_job_no from pantry_queue.queue_state) order by job_no limit ${PAGE}
), walked as (
  update pantry_queue.queue_state set walked_job_no =
    case when (select count(*) from page) < ${PAGE} then 0 else (select max(job_no) from page) end
), late as (
  -- A reply that was being stored while its job was forgotten.
  delete from pantry_queue.replies p using page join pantry_queue.jobs j using (job_no)
  where j.orphaned_at is not null and p.job_no = j.job_no
), ${MISMATCHED(
    list,
    // "offset 0": by their key, whatever else is asked of them.
    `(
    select * from pantry_queue.jobs where job_no = any (array(
      select job_no from page union select job_no from pantry_queue.jobs where in_engine)) offset 0) j`,
  )}`,
);

/**
 * Finds jobs whose subject is not what they were made for, and ends those that live. Deletions are told by a trigger;
 * this finds changed rows, and deletions that no trigger told (a restore without triggers).
 * @returns the runs that were ended
 */
export async function endMismatched(db: Db): Promise<RunKey[]> {
  return endLive(db, await db.query<Mismatched>(WALK(db.kinds)));
}

async function endLive(db: Db, found: readonly Mismatched[]): Promise<RunKey[]> {
  const runs: RunKey[] = [];
  for (const { live, mismatch, ...row } of found) {
    if (!live) continue;
    const run = runOf(row);
    await endJob(db, run, endOf(db.kinds.of(run.kind), mismatch, run.subject), { cancelRun: true });
    runs.push(run);
  }
  return runs;
}
