import { createFeed, type Feed } from '../../src/feed/create-feed.ts';
import type { Subscription } from '../../src/feed/subscription.ts';
import type { Db } from '../../src/ledger/db.ts';
import type { FeedEvent } from '../../src/ledger/feed.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import type { Notifier } from '../../src/ledger/notify.ts';
import { testLog } from './log.ts';

/** The feed of one process over the real database; it is closed before its notifier. */
export async function createTestFeed(db: Db, notifier: Notifier): Promise<Feed> {
  return createFeed({ db, notifier, log: testLog, ledgerId: await readLedgerId(db) });
}

export interface Told {
  readonly event: FeedEvent;
  readonly cursor: string;
}

/** The events of a subscription, one by one. */
export async function* eventsOf(subscription: Subscription): AsyncGenerator<Told, void, undefined> {
  for await (const news of subscription) {
    for (const event of news) yield { event, cursor: subscription.cursorOf(event) };
  }
}
