import { PRIORITY_KEYS } from '../contract/job.ts';
import { type Db, isUniqueViolation } from './db.ts';
import {
  type EnqueueItem,
  type EnqueueOptions,
  IN_ADMISSION,
  INSERT,
  lookedUp,
  NEXT_GENERATION,
  VERDICT,
  type Verdict,
} from './enqueue-rule.ts';

/** On the terms of all. */
const INPUT = `select i.*, $3::text as tenant, $4::int as only_user, $5::smallint as priority, $6::text as mode
    from unnest($1::int[], $2::text[]) with ordinality as i (receipt_id, asked_image, ord)`;

/** All or none; fails as a whole where it was overtaken, so that a batch is never half accepted. */
const ACCEPT_ALL = `
with judged as (
  select i.*, r.user_id, r.image_path, ${NEXT_GENERATION} as next_generation, latest.generation, ${VERDICT} as verdict
  ${lookedUp(INPUT)}
), refused as (
  select from judged where verdict not in ('new', 'same')
), accepted as (
  ${INSERT}
  select tenant, receipt_id, next_generation, user_id, image_path, priority, $7::text, ${IN_ADMISSION}
  from judged where verdict = 'new' and not exists (select from refused)
  order by ord
  returning job_no
), batched as (
  insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued)
  select $7, $3, coalesce($4, (select min(user_id) from judged)),
         (select count(*) from judged), (select count(*) from accepted)
  where not exists (select from refused)
)
select receipt_id, verdict, case verdict when 'new' then next_generation else generation end as generation
from judged order by ord`;

/** Each look is overtaken only by a further generation of a receipt. */
const MAX_LOOKS = 4;

/** What became of one receipt of a batch. */
export interface EnqueuedItem {
  readonly receiptId: number;
  readonly verdict: Verdict;
  /** The generation that answers for the receipt now; null when there is none. */
  readonly generation: number | null;
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
): Promise<EnqueuedItem[]> {
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
      const rows = await db.query<{ receipt_id: number; verdict: Verdict; generation: number | null }>(
        ACCEPT_ALL,
        values,
      );
      return rows.map((row) => ({ receiptId: row.receipt_id, verdict: row.verdict, generation: row.generation }));
    } catch (error) {
      if (looks < MAX_LOOKS && isUniqueViolation(error)) continue;
      throw error;
    }
  }
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
