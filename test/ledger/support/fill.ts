import type { Db } from '../../../src/ledger/db.ts';
import { enqueueAll } from '../../../src/ledger/enqueue/enqueue-all.ts';

/** All of them waiting, accepted as batches are: no statement here makes the database forget a plan. */
export async function queueUp(db: Db, jobs: number): Promise<void> {
  const options = { tenant: 'default', userId: undefined, priority: 'default', mode: 'once' } as const;
  for (let from = 0; from < jobs; from += 10_000) {
    const rows = await db.query<{ id: number }>(
      `insert into public.receipts (user_id, image_path, purchase_date)
       select 1 + n % 100, 'minio://receipts/image-' || n || '.jpg', '2026-01-31' from generate_series($1::int + 1, $2::int) n returning id`,
      [from, Math.min(jobs, from + 10_000)],
    );
    const items = rows.map(({ id }) => ({ subject: id, asked: undefined }));
    await enqueueAll(db, 'ocr', items, { ...options, batchId: `batch-${from}` });
  }
  // As many limits as jobs; each tenth owner who waits may start nothing.
  await db.query(
    `insert into pantry_queue.caps (tenant_id, user_id, in_flight, reason)
     select 'default', n, case when n <= 100 and n % 10 > 0 then 1000 else 0 end, 'made up' from generate_series(1, $1) n`,
    [jobs],
  );
}

/** As many batches as a tenth of the jobs: most have ended, and one holds 20 of the jobs that were there. */
export async function addBatches(db: Db, jobs: number): Promise<void> {
  await db.query(
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, others, waits_for, ended_at)
     select 'batch-of-' || n, 1 + n % 5, 1, 0, array[n], n, case when n % 10 > 0 then now() - interval '1 day' end
     from generate_series(1, $1 / 10) n`,
    [jobs],
  );
  await db.query(
    `insert into pantry_queue.batches (batch_id, user_id, total, queued, others, ended_at)
     select 'batch-probe', 1, 20, 0, array_agg(n), now() from generate_series(1, 20) n`,
  );
}

/** Each second of a tenth of the jobs waits for the one before it, as far as the rows of their waits say. */
export async function addDependencies(db: Db, jobs: number): Promise<void> {
  await db.query(
    `insert into pantry_queue.dependencies (job_no, parent_no, on_parent_failure)
     select job_no, parent_no, 'fail' from (
       select job_no, lag(job_no) over (order by job_no) as parent_no from pantry_queue.jobs where status = 'queued') j
     where parent_no is not null and job_no % 2 = 0 order by job_no limit $1 / 10`,
    [jobs],
  );
}
