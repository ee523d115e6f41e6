import { createFeed, type Feed } from '../../src/feed/create-feed.ts';
import type { Db } from '../../src/ledger/db.ts';
import type { Notifier } from '../../src/ledger/notify.ts';
import { readLedgerId } from '../../src/ledger/queue-state.ts';
import { testLog } from './log.ts';

/** The feed of one process over the real database; it is closed before its notifier. */
export async function createTestFeed(db: Db, notifier: Notifier): Promise<Feed> {
  return createFeed({ db, notifier, log: testLog, ledgerId: await readLedgerId(db) });
}
