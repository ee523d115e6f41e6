import type { Db } from './db.ts';
import type { Looked, Verdict } from './enqueue-rule.ts';
import { endOvertaken } from './orphans.ts';

const KNOW = `
insert into pantry_queue.receipt_state (receipt_id)
select id from public.receipts where id = any ($1::bigint[]) on conflict do nothing`;

export function isDecided(verdict: Looked): verdict is Verdict {
  return verdict !== 'overtaken' && verdict !== 'unknown';
}

/**
 * A receipt that is still unknown after its row was made belongs to another tenant, whose row this one does not see.
 * @param looks how often it was looked up
 */
export function afterMending(verdict: Looked, looks: number): Looked {
  return verdict === 'unknown' && looks > 1 ? 'receipt_not_found' : verdict;
}

/** Removes what stands in the way of an answer, before another look. */
export async function mendLooked(
  db: Db,
  looked: readonly { readonly receiptId: number; readonly verdict: Looked }[],
): Promise<void> {
  const of = (verdict: Looked) => looked.filter((one) => one.verdict === verdict).map((one) => one.receiptId);
  const overtaken = of('overtaken');
  const unknown = of('unknown');
  if (overtaken.length > 0) await endOvertaken(db, overtaken);
  if (unknown.length > 0) await db.query(KNOW, [unknown]);
}
