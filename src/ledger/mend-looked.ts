import type { Db } from './db.ts';
import type { Looked, Verdict } from './enqueue-rule.ts';
import { endOvertaken } from './orphans.ts';

const KNOW = `
insert into pantry_queue.receipt_state (receipt_id)
select id from public.receipts where id = any ($1::bigint[]) on conflict do nothing`;

export function isDecided(verdict: Looked): verdict is Verdict {
  return verdict !== 'overtaken' && verdict !== 'unknown';
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
