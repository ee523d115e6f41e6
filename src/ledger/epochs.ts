import type { Db } from './db.ts';

/** Others write events again when the lock that a new epoch needs is not there in this time. */
const LOCK_LIMIT_MS = 1_000;

/**
 * Looks whether the ledger was restored into another cluster, and begins a new epoch of its events if so. Any process
 * may look at any time.
 * @returns whether an epoch began now
 */
export async function beginEpochWhereMoved(db: Db): Promise<boolean> {
  const [row] = await db.query<{ moved: boolean }>('select pantry_queue.has_moved() as moved');
  if (!row?.moved) return false;
  return db.transaction(
    async (tx) => {
      await tx.execute(`set local lock_timeout = '${LOCK_LIMIT_MS}ms'`);
      const [begun] = await tx.query<{ begun: boolean }>('select pantry_queue.begin_epoch() as begun');
      return begun?.begun === true;
    },
    { patient: true },
  );
}
