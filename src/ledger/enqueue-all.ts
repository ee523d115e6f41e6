import { MAX_ID, PRIORITY_KEYS } from '../contract/job.ts';
import { type Db, isUniqueViolation } from './db.ts';
import type { EnqueueItem, EnqueueOptions, Looked, Verdict } from './enqueue-rule.ts';
import { afterMending, isDecided, mendLooked } from './mend-looked.ts';

const ACCEPT_ALL = `
select asked as receipt_id, verdict, generation
from pantry_queue.accept_ocr_batch($1::bigint[], $2::text[], $3, $4, $5, $6, $7, $8)`;

type Told = { receipt_id: number; verdict: Looked; generation: number | null };

/** What nothing is told of: ten thousand rows that say the same would cost as much as their inserts. */
const FIRST_JOB = { verdict: 'new', generation: 1 } as const;

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
  const isPartial = options.partial ?? false;
  const values = [
    items.map((item) => item.receiptId),
    items.map((item) => item.imagePath ?? null),
    options.tenant,
    options.userId ?? null,
    PRIORITY_KEYS[options.priority],
    options.mode,
    options.batchId,
    isPartial,
  ];
  for (let looks = 1; ; looks++) {
    try {
      const rows = await db.query<Told>(ACCEPT_ALL, values);
      const told = new Map(rows.map((row) => [row.receipt_id, row]));
      const entries = items.map(({ receiptId }) => {
        const { verdict, generation } = told.get(receiptId) ?? FIRST_JOB;
        return { receiptId, verdict: isPartial ? verdict : afterMending(verdict, looks), generation };
      });
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
