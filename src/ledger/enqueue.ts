import { PRIORITY_KEYS, type Priority } from '../contract/job.ts';
import { GIVE_UP_AFTER_S } from '../contract/policies.ts';
import type { Db } from './db.ts';
import { type JobRow, jobColumns } from './job-row.ts';

export interface EnqueueItem {
  readonly receiptId: number;
  /** Given by the caller: it must be the image that is stored. */
  readonly imagePath: string | undefined;
}

export interface EnqueueOptions {
  readonly tenant: string;
  /** Only receipts of this user; undefined = of anybody in the tenant. */
  readonly userId: number | undefined;
  readonly priority: Priority;
  /**
   * - `once`: a finished receipt keeps its job
   * - `force`: a finished receipt is read again; a live job is refused
   * - `retry`: only what has failed or was canceled
   */
  readonly mode: 'once' | 'force' | 'retry';
  /** Makes the batch's row in the same statement. */
  readonly batchId: string | undefined;
}

export type Verdict = 'new' | 'same' | 'receipt_not_found' | 'idempotency_conflict' | 'job_active' | 'not_retryable';

export interface Enqueued {
  readonly receiptId: number;
  readonly verdict: Verdict;
  /** The receipt's stored image; null when there is no such receipt. */
  readonly imagePath: string | null;
  /** The generation that answers for the receipt now; null when there is none. */
  readonly generation: number | null;
  /** The new row, where exactly one receipt was asked for and it became a new job. */
  readonly row: JobRow | undefined;
}

/**
 * One statement decides, accepts and records: jobs, events and (by trigger) counters are one commit, for 1 receipt or
 * 10,000. Nothing is inserted when any receipt is refused.
 * @param input rows of (receipt_id, asked_image, ord), of the first two parameters
 * @param overtaken what happens when another caller inserts the same receipt between our look and our insert
 */
const statement = (input: string, overtaken: string) => `
with input as (
  ${input}
), looked_up as (
  select i.ord, i.receipt_id, i.asked_image, r.user_id, r.image_path, coalesce(s.tenant_id, 'default') as tenant_id,
         last.generation, last.status
  from input i
  left join public.receipts r on r.id = i.receipt_id and ($4::int is null or r.user_id = $4)
  left join pantry_queue.receipt_state s on s.receipt_id = r.id
  left join lateral (
    select j.generation, j.status from pantry_queue.jobs j
    where j.receipt_id = i.receipt_id order by j.generation desc limit 1
  ) last on true
), judged as (
  select *, case
    when user_id is null or tenant_id <> $3 then 'receipt_not_found'
    when asked_image <> image_path then 'idempotency_conflict'
    when status in ('failed', 'canceled') then 'new'
    when status is null then case when $6 = 'retry' then 'not_retryable' else 'new' end
    when status = 'finished' then case $6 when 'force' then 'new' when 'retry' then 'not_retryable' else 'same' end
    when $6 = 'force' then 'job_active'
    when $6 = 'retry' and generation = 1 then 'not_retryable'
    else 'same' end as verdict
  from looked_up
), accepted as (
  insert into pantry_queue.jobs
    (tenant_id, receipt_id, generation, user_id, batch_id, image_path, priority, status, phase, give_up_at)
  select tenant_id, receipt_id, coalesce(generation, 0) + 1, user_id, $7, image_path, $5, 'queued', 'admission',
         now() + make_interval(secs => $8)
  from judged
  where verdict = 'new' and not exists (select from judged refused where refused.verdict not in ('new', 'same'))
  order by ord
  ${overtaken}
  returning *
), recorded as (
  insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, data)
  select tenant_id, receipt_id, generation, 'enqueued', 'queued/admission',
         jsonb_strip_nulls(jsonb_build_object('priority', priority, 'batch_id', batch_id))
  from accepted
), batched as (
  insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued)
  select $7, $3, coalesce($4::int, (select min(user_id) from judged)),
         (select count(*) from judged), (select count(*) from accepted)
  where $7 is not null and not exists (select from judged where verdict not in ('new', 'same'))
)`;

/** Fails as a whole where it was overtaken, so that a batch is never half accepted. */
const ENQUEUE_MANY = `${statement(
  'select * from unnest($1::int[], $2::text[]) with ordinality as i (receipt_id, asked_image, ord)',
  '',
)}
select v.receipt_id, v.verdict, v.image_path, coalesce(a.generation, v.generation) as generation,
       a.job_no is not null as inserted
from judged v left join accepted a using (receipt_id) order by v.ord`;

/**
 * No list of one: the planner takes a list it does not know for ten rows, finds that plan dearer than one made for the
 * values at hand, and so would plan this statement anew at every call, which costs more than to run it.
 */
const ENQUEUE_ONE = `${statement('select $1::int as receipt_id, $2::text as asked_image, 1 as ord', 'on conflict do nothing')}
select ${jobColumns('a')}, v.receipt_id, v.verdict, v.image_path as stored_image,
       coalesce(a.generation, v.generation) as generation, a.job_no is not null as inserted
from judged v join pantry_queue.queue_state q on q.only_row left join accepted a on true`;

type OneRow = JobRow & { verdict: Verdict; stored_image: string | null; inserted: boolean; generation: number | null };
type ManyRow = {
  receipt_id: number;
  verdict: Verdict;
  image_path: string | null;
  generation: number | null;
  inserted: boolean;
};

/**
 * Accepts receipts, all or none.
 * @returns one entry for each item, in order; anything but `new` and `same` means that nothing was accepted
 */
export async function enqueue(db: Db, items: readonly EnqueueItem[], options: EnqueueOptions): Promise<Enqueued[]> {
  const [first] = items;
  const single = items.length === 1 && options.batchId === undefined;
  const values = [
    single ? first?.receiptId : items.map((item) => item.receiptId),
    single ? (first?.imagePath ?? null) : items.map((item) => item.imagePath ?? null),
    options.tenant,
    options.userId ?? null,
    PRIORITY_KEYS[options.priority],
    options.mode,
    options.batchId ?? null,
    GIVE_UP_AFTER_S,
  ];
  // Another caller may insert the same receipt between our look and our insert; the second look sees its job.
  for (let tries = 0; ; tries++) {
    if (!single) {
      try {
        return await enqueueMany(db, values);
      } catch (error) {
        if (tries < MAX_OVERTAKEN && isUniqueViolation(error)) continue;
        throw error;
      }
    }
    const rows = await enqueueOne(db, values);
    const overtaken = rows.some((row) => row.verdict === 'new' && !row.inserted);
    if (!overtaken || tries === MAX_OVERTAKEN) return rows;
  }
}

/** Looks after the first one; each is overtaken only by a further generation. */
const MAX_OVERTAKEN = 3;

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

async function enqueueOne(db: Db, values: readonly unknown[]): Promise<(Enqueued & { inserted: boolean })[]> {
  const rows = await db.query<OneRow>(ENQUEUE_ONE, values);
  return rows.map((row) => ({
    receiptId: row.receipt_id,
    verdict: row.verdict,
    imagePath: row.stored_image,
    generation: row.generation,
    inserted: row.inserted,
    row: row.inserted ? row : undefined,
  }));
}

async function enqueueMany(db: Db, values: readonly unknown[]): Promise<(Enqueued & { inserted: boolean })[]> {
  const rows = await db.queryPlannedNow<ManyRow>(ENQUEUE_MANY, values);
  return rows.map((row) => ({
    receiptId: row.receipt_id,
    verdict: row.verdict,
    imagePath: row.image_path,
    generation: row.generation,
    inserted: row.inserted,
    row: undefined,
  }));
}

/**
 * The receipts of a user that are still pending, oldest first.
 * @param limit at most this many
 */
export async function pendingReceipts(db: Db, tenant: string, userId: number, limit: number): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `select r.id from public.receipts r left join pantry_queue.receipt_state s on s.receipt_id = r.id
     where r.user_id = $2 and r.ocr_status = 'pending' and coalesce(s.tenant_id, 'default') = $1
     order by r.id limit $3`,
    [tenant, userId, limit],
  );
  return rows.map((row) => row.id);
}
