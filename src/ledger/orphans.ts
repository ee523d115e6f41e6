import type { RunKey } from '../contract/job.ts';
import type { Db } from './db.ts';
import { type RunRow, runOf } from './job-key.ts';
import { endJob, endOf } from './results.ts';
import { endingCode } from './same-receipt.ts';

type Mismatch = RunRow & {
  live: boolean;
  code: 'receipt_deleted' | 'receipt_changed';
};

const PAGE = 500;

/** Of jobs `j` and what stands under their receipts' ids: those that do not fit. What deleted ones hold a sweep removes. */
const MISMATCHED = (jobs: string) => `
looked as (
  select j.kind, j.subject, j.tenant_id, j.generation, j.run_no, j.job_no, j.live,
         ${endingCode('j', 'r')} as code
  from ${jobs} left join public.receipts r on r.id = j.subject
  where j.kind = 'ocr' and j.orphaned_at is null
), found as (
  select * from looked where code = 'receipt_deleted' or (live and code is not null) order by job_no limit ${PAGE}
), buried as (
  insert into pantry_queue.tombstones (receipt_id, tenant_id, job_no)
  select subject, tenant_id, job_no from found where code = 'receipt_deleted'
)
select kind, subject, generation, run_no, live, code from found`;

const OVERTAKEN = `
with ${MISMATCHED(`(
    select * from pantry_queue.jobs
    where kind = 'ocr' and subject = any ($1::bigint[]) and live) j`)}`;

/** Ends live jobs whose receipt was deleted or changed, so that what stands under the id now can be queued. */
export async function endOvertaken(db: Db, receiptIds: readonly number[]): Promise<void> {
  await endLive(db, await db.query<Mismatch>(OVERTAKEN, [receiptIds]));
}

/** What is in Temporal, at every sweep; of all jobs one page, and the next one at the next sweep. */
const WALK = `
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
), ${MISMATCHED(`(
    select job_no from page
    union
    select job_no from pantry_queue.jobs where in_engine
  ) p join pantry_queue.jobs j using (job_no)`)}`;

/**
 * Finds jobs whose receipt is not what they were made for, and ends those that live. Deletions are told by a trigger;
 * this finds changed rows, and deletions that no trigger told (a restore without triggers).
 * @returns the runs that were ended
 */
export async function endMismatched(db: Db): Promise<RunKey[]> {
  return endLive(db, await db.query<Mismatch>(WALK));
}

async function endLive(db: Db, found: readonly Mismatch[]): Promise<RunKey[]> {
  const runs: RunKey[] = [];
  for (const { live, code, ...row } of found) {
    if (!live) continue;
    const run = runOf(row);
    await endJob(db, run, endOf(code, run.subject), { cancelRun: true });
    runs.push(run);
  }
  return runs;
}
