import { MAX_ID, PRIORITY_KEYS } from '../contract/job.ts';
import { type Db, isUniqueViolation } from './db.ts';
import {
  type EnqueueItem,
  type EnqueueOptions,
  IN_ADMISSION,
  INSERT,
  type Looked,
  lookedUp,
  NEXT_GENERATION,
  PARAMS,
  VERDICT,
  type Verdict,
} from './enqueue-rule.ts';
import { recordEvent } from './event.ts';
import { isDecided, mendLooked } from './mend-looked.ts';

/** On the terms of all. */
const INPUT = `select i.*, $3::text as tenant, $4::bigint as only_user, $5::smallint as priority, $6::text as mode
    from unnest($1::bigint[], $2::text[]) with ordinality as i (receipt_id, asked_image, ord)`;

/** All or none, or ($8) all that may be; fails as a whole where it was overtaken, so that no batch is half accepted. */
const ACCEPT_ALL = `
with judged as (
  select i.*, r.user_id, ${PARAMS} as params, ${NEXT_GENERATION} as next_generation, latest.generation, ${VERDICT} as verdict
  ${lookedUp(INPUT)}
), refused as (
  select from judged where verdict in ('overtaken', 'unknown') or (verdict not in ('new', 'same') and not $8::boolean)
), accepted as (
  ${INSERT}
  select tenant, 'ocr', receipt_id, next_generation, user_id, params, priority, $7::text, ${IN_ADMISSION}
  from judged where verdict = 'new' and not exists (select from refused)
  order by ord
  returning job_no, tenant_id, user_id, batch_id, kind, subject, generation, priority, status, phase
), recorded as (
  ${recordEvent('accepted', 'enqueued', { run: 'null::int', data: "jsonb_build_object('priority', priority)" })}
), counted as (
  insert into pantry_queue.arrivals (tenant_id, user_id, status) select tenant_id, user_id, status from accepted
), replaced as (
  update pantry_queue.jobs j set superseded = true from accepted a
  where a.generation > 1 and j.kind = a.kind and j.subject = a.subject and j.generation < a.generation
    and not j.superseded
), batched as (
  insert into pantry_queue.batches (batch_id, tenant_id, user_id, total, queued)
  select $7, $3, coalesce($4, (select min(user_id) from judged)),
         (select count(*) from judged where verdict in ('new', 'same')), (select count(*) from accepted)
  where not exists (select from refused) and exists (select from judged where verdict in ('new', 'same'))
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
 * @param options with `partial`, what is refused holds up no other
 * @returns one answer for each, in order; anything but `new` and `same` means that nothing was accepted
 */
export async function enqueueAll(
  db: Db,
  items: readonly EnqueueItem[],
  options: EnqueueOptions & { readonly batchId: string; readonly partial?: boolean },
): Promise<EnqueuedItem[]> {
  const values = [
    items.map((item) => item.receiptId),
    items.map((item) => item.imagePath ?? null),
    options.tenant,
    options.userId ?? null,
    PRIORITY_KEYS[options.priority],
    options.mode,
    options.batchId,
    options.partial ?? false,
  ];
  for (let looks = 1; ; looks++) {
    try {
      const rows = await db.query<{ receipt_id: number; verdict: Looked; generation: number | null }>(
        ACCEPT_ALL,
        values,
      );
      const entries = rows.map(({ receipt_id: receiptId, ...row }) => ({ receiptId, ...row }));
      const undecided = entries.find(({ verdict }) => !isDecided(verdict));
      if (!undecided) return entries as EnqueuedItem[];
      if (looks >= MAX_LOOKS) throw new Error(`receipt ${undecided.receiptId} was overtaken ${MAX_LOOKS} times`);
      await mendLooked(db, entries);
    } catch (error) {
      if (looks < MAX_LOOKS && isUniqueViolation(error)) continue;
      throw error;
    }
  }
}

const PENDING_OF_USER = `select r.id from public.receipts r join pantry_queue.receipt_state s on s.receipt_id = r.id
  where r.user_id = $2::bigint and r.ocr_status = 'pending' and s.tenant_id = $1`;

/** Those without an image stay pending for ever: counted with the others, they would be all that is ever looked at. */
const PENDING = `
with usable as materialized (
  ${PENDING_OF_USER} and r.id between 1 and ${MAX_ID} and r.image_path <> '' order by r.id limit $3
), without_image as (
  ${PENDING_OF_USER} and r.id between 1 and
    (select case when count(*) < $3 then ${MAX_ID} else max(id) end from usable)
    and coalesce(r.image_path, '') = '' order by r.id limit $4
)
select id from usable union all select id from without_image order by id`;

/**
 * The receipts of a user that are still pending, oldest first.
 * @param limits at most so many that have an image, and so many without one beside them
 */
export async function pendingReceipts(
  db: Db,
  tenant: string,
  userId: number,
  limits: { readonly usable: number; readonly withoutImage: number },
): Promise<number[]> {
  const rows = await db.query<{ id: number }>(PENDING, [tenant, userId, limits.usable, limits.withoutImage]);
  return rows.map((row) => row.id);
}
