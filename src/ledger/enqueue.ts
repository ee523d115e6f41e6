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
}

/** One receipt, on its own terms. */
export type EnqueueRequest = EnqueueItem & EnqueueOptions;

export type Verdict = 'new' | 'same' | 'receipt_not_found' | 'idempotency_conflict' | 'job_active' | 'not_retryable';

export interface Enqueued {
  readonly receiptId: number;
  readonly verdict: Verdict;
  /** The receipt's stored image; null when there is no such receipt. */
  readonly imagePath: string | null;
  /** The generation that answers for the receipt now; null when there is none. */
  readonly generation: number | null;
}

/** An answer with the new row, where the receipt became a new job. */
export interface EnqueuedJob extends Enqueued {
  readonly row: JobRow | undefined;
}

/**
 * One statement decides, accepts and records: jobs, events and (by trigger) counters are one commit, for 1 receipt or
 * 10,000. It has one plan, that of few receipts: each is looked up by key, and no step compares the list with itself.
 * @param input rows of (ord, receipt_id, asked_image, tenant, only_user, priority, mode)
 * @param onlyIf a further condition for all that is inserted
 * @param overtaken what happens when another caller inserts the same receipt between our look and our insert
 */
const statement = (
  input: string,
  { batchId, onlyIf, overtaken }: Record<'batchId' | 'onlyIf' | 'overtaken', string>,
) => `
with input as (
  ${input}
), looked_up as (
  select i.*, r.user_id, r.image_path, coalesce(s.tenant_id, 'default') as tenant_id, last.generation, last.status
  from input i
  left join public.receipts r on r.id = i.receipt_id and (i.only_user is null or r.user_id = i.only_user)
  left join pantry_queue.receipt_state s on s.receipt_id = r.id
  left join lateral (
    select j.generation, j.status from pantry_queue.jobs j
    where j.receipt_id = i.receipt_id order by j.generation desc limit 1
  ) last on true
), judged as (
  select *, case
    when user_id is null or tenant_id <> tenant then 'receipt_not_found'
    when asked_image <> image_path then 'idempotency_conflict'
    when status in ('failed', 'canceled') then 'new'
    when status is null then case when mode = 'retry' then 'not_retryable' else 'new' end
    when status = 'finished' then case mode when 'force' then 'new' when 'retry' then 'not_retryable' else 'same' end
    when mode = 'force' then 'job_active'
    when mode = 'retry' and generation = 1 then 'not_retryable'
    else 'same' end as verdict
  from looked_up
), accepted as (
  insert into pantry_queue.jobs
    (tenant_id, receipt_id, generation, user_id, batch_id, image_path, priority, status, phase, give_up_at)
  select tenant_id, receipt_id, coalesce(generation, 0) + 1, user_id, ${batchId}, image_path, priority,
         'queued', 'admission', now() + interval '${GIVE_UP_AFTER_S} seconds'
  from judged where verdict = 'new' ${onlyIf}
  order by ord
  ${overtaken}
  returning *
), recorded as (
  insert into pantry_queue.events (tenant_id, receipt_id, generation, kind, state, data)
  select tenant_id, receipt_id, generation, 'enqueued', 'queued/admission',
         jsonb_strip_nulls(jsonb_build_object('priority', priority, 'batch_id', batch_id))
  from accepted
)`;

/** Each request on its own: what one is refused holds up no other. */
const ENQUEUE_EACH = `${statement(
  `select * from unnest($1::int[], $2::text[], $3::text[], $4::int[], $5::smallint[], $6::text[])
   with ordinality as i (receipt_id, asked_image, tenant, only_user, priority, mode, ord)`,
  { batchId: 'null', onlyIf: '', overtaken: 'on conflict do nothing' },
)}
select ${jobColumns('a')}, v.receipt_id, v.verdict, v.image_path as stored_image,
       coalesce(a.generation, v.generation) as generation, a.job_no is not null as inserted
from judged v join pantry_queue.queue_state q on q.only_row
left join accepted a on a.receipt_id = v.receipt_id
order by v.ord`;

const NONE_REFUSED = `not exists (select from judged refused where refused.verdict not in ('new', 'same'))`;

/** All or none; fails as a whole where it was overtaken, so that a batch is never half accepted. */
const ENQUEUE_ALL = `${statement(
  `select i.*, $3::text as tenant, $4::int as only_user, $5::smallint as priority, $6::text as mode
   from unnest($1::int[], $2::text[]) with ordinality as i (receipt_id, asked_image, ord)`,
  { batchId: '$7::text', onlyIf: `and ${NONE_REFUSED}`, overtaken: '' },
)}, batched as (
  insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued)
  select $7, $3, coalesce($4::int, (select min(user_id) from judged)),
         (select count(*) from judged), (select count(*) from accepted)
  where ${NONE_REFUSED}
)
select receipt_id, verdict, image_path as stored_image,
       case when verdict = 'new' then coalesce(generation, 0) + 1 else generation end as generation
from judged order by ord`;

type AnswerRow = {
  receipt_id: number;
  verdict: Verdict;
  stored_image: string | null;
  generation: number | null;
};

const toEnqueued = (row: AnswerRow): Enqueued => ({
  receiptId: row.receipt_id,
  verdict: row.verdict,
  imagePath: row.stored_image,
  generation: row.generation,
});

/**
 * Another caller may insert the same receipt between our look and our insert; the next look sees its job, and is
 * overtaken only by a further generation.
 */
const MAX_LOOKS = 4;

/**
 * Accepts each receipt that may be accepted.
 * @param requests no receipt twice
 * @returns one answer for each, in order
 */
export async function enqueueEach(db: Db, requests: readonly EnqueueRequest[]): Promise<EnqueuedJob[]> {
  const answers = new Map<number, EnqueuedJob>();
  let open = requests;
  for (let looks = 1; open.length > 0 && looks <= MAX_LOOKS; looks++) {
    for (const answer of await lookAndInsert(db, open)) answers.set(answer.receiptId, answer);
    open = open.filter(({ receiptId }) => isOvertaken(answers.get(receiptId)));
  }
  return requests.flatMap(({ receiptId }) => answers.get(receiptId) ?? []);
}

const isOvertaken = (answer: EnqueuedJob | undefined): boolean => answer?.verdict === 'new' && answer.row === undefined;

async function lookAndInsert(db: Db, requests: readonly EnqueueRequest[]): Promise<EnqueuedJob[]> {
  const rows = await db.query<JobRow & AnswerRow & { inserted: boolean }>(ENQUEUE_EACH, [
    requests.map((request) => request.receiptId),
    requests.map((request) => request.imagePath ?? null),
    requests.map((request) => request.tenant),
    requests.map((request) => request.userId ?? null),
    requests.map((request) => PRIORITY_KEYS[request.priority]),
    requests.map((request) => request.mode),
  ]);
  return rows.map((row) => ({ ...toEnqueued(row), row: row.inserted ? row : undefined }));
}

/**
 * Accepts all receipts or none, as one batch.
 * @param items no receipt twice
 * @returns one answer for each, in order; anything but `new` and `same` means that nothing was accepted
 */
export async function enqueueAll(
  db: Db,
  items: readonly EnqueueItem[],
  options: EnqueueOptions & { readonly batchId: string },
): Promise<Enqueued[]> {
  const values = [
    items.map((item) => item.receiptId),
    items.map((item) => item.imagePath ?? null),
    options.tenant,
    options.userId ?? null,
    PRIORITY_KEYS[options.priority],
    options.mode,
    options.batchId,
  ];
  for (let looks = 1; ; looks++) {
    try {
      return (await db.query<AnswerRow>(ENQUEUE_ALL, values)).map(toEnqueued);
    } catch (error) {
      if (looks < MAX_LOOKS && isUniqueViolation(error)) continue;
      throw error;
    }
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
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
