import type { Composed } from '../../src/compose.ts';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import { loseAttempts } from '../../src/ledger/attempts.ts';
import { measure } from '../../src/ledger/insight/measure.ts';
import { findGivenUp, findOverdueCancels, releaseDue, releaseStaleSaves } from '../../src/ledger/sweep.ts';

/** The statements that a sweep sends every 2 s, on a ledger where they find nothing to do. */
export async function sweepLedgerOf({ db }: Composed): Promise<void> {
  await loseAttempts(db);
  await findOverdueCancels(db);
  await findGivenUp(db, 200);
  await releaseDue(db);
  await releaseStaleSaves(db);
  await measure(db);
  await foldArrivals(db);
}
