import { BULK } from '../contract/policies.ts';
import { doSlice } from '../ledger/bulks/bulk-slice.ts';
import type { Db } from '../ledger/db.ts';
import type { HandlerDeps } from './deps.ts';

/** Does slices of a bulk for a bounded time; what is left the rounds do, whether this process lives or not. */
export async function workBulk(deps: Pick<HandlerDeps, 'notifier'>, db: Db, bulkId: string): Promise<void> {
  const until = Date.now() + BULK.callMs;
  do {
    const slice = await doSlice(db, { bulkId });
    if (slice && slice.subjects.length > 0) deps.notifier.changed(slice.subjects, { gate: true });
    if (!slice || slice.ended || slice.jobs === 0) return;
  } while (Date.now() < until);
}
