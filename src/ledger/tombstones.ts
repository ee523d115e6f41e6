import type { Db, Transaction } from './db.ts';
import { RUN_KEY, type RunRow, runOf } from './job-key.ts';
import { endJob, endOf } from './results.ts';
import { sameImage } from './same-receipt.ts';

const CLAIM = `
select id from pantry_queue.tombstones where $1::bigint is null or receipt_id = $1
order by id limit $2 for update skip locked`;

/** Of each claimed tombstone `t` the jobs `j` of the receipt that was deleted. */
const JOBS_OF = `from pantry_queue.tombstones t
  join pantry_queue.jobs j on j.kind = 'ocr' and j.subject = t.receipt_id and j.job_no <= t.job_no and j.orphaned_at is null
  where t.id = any ($1::bigint[])`;

/**
 * The very same receipt stands there again, in the state that its latest job left: it was restored, or its table was
 * written anew in one transaction. It keeps its jobs.
 */
const PUT_BACK = `
with standing as (
  select distinct on (t.receipt_id) t.receipt_id, j.tenant_id, t.state
  from pantry_queue.tombstones t
  join public.receipts r on r.id = t.receipt_id
  join lateral (
    select * from pantry_queue.jobs j where j.kind = 'ocr' and j.subject = t.receipt_id order by j.generation desc limit 1
  ) j on j.job_no <= t.job_no and ${sameImage('j', 'r')}
  where t.id = any ($1::bigint[]) and r.ocr_status::text = any (case
    when t.state ->> 'generation' is not null then array['completed', 'processing']
    when j.status = 'finished' then '{}'
    when j.status = 'failed' then array['failed']
    when j.status = 'canceled' then array['pending']
    else array['pending', 'processing', 'failed'] end)
  order by t.receipt_id, t.state is null, t.id desc
), put as (
  insert into pantry_queue.receipt_state
  select (jsonb_populate_record(null::pantry_queue.receipt_state, jsonb_build_object(
    'receipt_id', receipt_id, 'tenant_id', tenant_id, 'needs_review', false, 'review_reasons', '[]'::jsonb,
    'set_by', '{}'::jsonb, 'updated_at', now()) || coalesce(state, '{}'))).*
  from standing
  -- The row that came with the receipt knows nothing yet.
  on conflict (receipt_id) do update set tenant_id = excluded.tenant_id, image_sha256 = excluded.image_sha256,
    image_bytes = excluded.image_bytes, generation = excluded.generation, result_hash = excluded.result_hash,
    needs_review = excluded.needs_review, review_reasons = excluded.review_reasons, set_by = excluded.set_by,
    updated_at = excluded.updated_at
    where receipt_state.generation is null
)
delete from pantry_queue.tombstones t using standing s where t.id = any ($1::bigint[]) and t.receipt_id = s.receipt_id
returning t.id`;

const LIVE = `select distinct ${RUN_KEY} ${JOBS_OF} and j.live`;

/** Job and events stay, as numbers and codes: that the job was accepted and how it ended is nobody's purchase. */
const FORGET = `
with forgotten as (
  update pantry_queue.jobs j set orphaned_at = now(), result = null, result_hash = null, params = '{}',
    error_message = case when j.error_code = 'receipt_deleted' then j.error_message end
  where j.job_no = any (array(select j.job_no ${JOBS_OF}))
  returning j.job_no, j.subject
), no_replies as (
  delete from pantry_queue.replies p using forgotten f where p.job_no = f.job_no
), no_hashes as (
  update pantry_queue.events e set data = e.data - 'result_hash' from forgotten f
  where e.job_no = f.job_no and e.data ? 'result_hash'
)
select distinct subject as receipt_id from forgotten`;

/** A table of a million receipts that was emptied is not cleared by one sweep. */
const MAX_SLICES = 20;

/**
 * Ends the live jobs of deleted receipts and removes what was read in them, one transaction a slice.
 * @returns the receipts whose jobs were ended or forgotten
 */
export async function clearTombstones(db: Db, sliceOf: number): Promise<number[]> {
  const receiptIds: number[] = [];
  for (let slice = 1; slice <= MAX_SLICES; slice++) {
    const cleared = await db.transaction((tx) => clear({ ...db, query: tx.query }, tx, sliceOf, undefined));
    receiptIds.push(...cleared.receiptIds);
    if (cleared.claimed < sliceOf) break;
  }
  return receiptIds;
}

/** The same at once for one receipt, in the transaction that deletes it. */
export async function clearReceipt(db: Db, tx: Transaction, receiptId: number): Promise<void> {
  await clear(db, tx, MAX_OF_ONE, receiptId);
}

const MAX_OF_ONE = 100;

interface Cleared {
  readonly claimed: number;
  readonly receiptIds: readonly number[];
}

/** A statement that is refused leaves its transaction usable: `endJob` then ends the job without the receipt. */
const apartIn =
  (tx: Transaction): Db['query'] =>
  async (text, values) => {
    await tx.execute('savepoint statement');
    try {
      return await tx.query(text, values);
    } catch (error) {
      await tx.execute('rollback to savepoint statement');
      throw error;
    }
  };

async function clear(db: Db, tx: Transaction, limit: number, only: number | undefined): Promise<Cleared> {
  const claimed = (await tx.query<{ id: number }>(CLAIM, [only ?? null, limit])).map(({ id }) => id);
  if (claimed.length === 0) return { receiptIds: [], claimed: 0 };
  const putBack = new Set((await tx.query<{ id: number }>(PUT_BACK, [claimed])).map(({ id }) => id));
  const ids = claimed.filter((id) => !putBack.has(id));

  for (const job of await tx.query<RunRow>(LIVE, [ids])) {
    const run = runOf(job);
    await endJob({ ...db, query: apartIn(tx) }, run, endOf('receipt_deleted', run.subject), { cancelRun: true });
  }
  const forgotten = await tx.query<{ receipt_id: number }>(FORGET, [ids]);
  await tx.query('delete from pantry_queue.tombstones where id = any ($1::bigint[])', [ids]);
  return { receiptIds: forgotten.map((row) => row.receipt_id), claimed: claimed.length };
}
