import { onTestFinished } from 'vitest';
import type { Feed } from '../../../src/feed/create-feed.ts';
import { createDb, type Db } from '../../../src/ledger/db.ts';
import { createNotifier, type Notifier } from '../../../src/ledger/notify.ts';
import { createTestFeed } from '../../support/feed.ts';

export interface FeedProcess {
  readonly db: Db;
  readonly feed: Feed;
  readonly notifier: Notifier;
  /** The texts of all statements that the feed sends. */
  readonly sent: string[];
  /** Its statements meet this instead of the database; undefined = the database again. */
  meet(error: Error | undefined): void;
  stop(): Promise<void>;
}

/**
 * What one process has: connections, notifications and a feed of its own. It ends with the test at the latest.
 * @param changes of how it is connected
 */
export async function startProcess(
  url: string,
  changes: { applicationName?: string; maxConnections?: number } = {},
): Promise<FeedProcess> {
  const db = createDb({ url, applicationName: 'feed-process', ...changes });
  const notifier = createNotifier(db);
  const sent: string[] = [];
  let stopping: Promise<void> | undefined;
  let met: Error | undefined;
  const through = (db: Db): Db => ({
    ...db,
    as: (tenant) => through(db.as(tenant)),
    query: (text, values) => {
      sent.push(text);
      return met ? Promise.reject(met) : db.query(text, values);
    },
  });
  const seen = through(db);
  const feed = await createTestFeed(seen, notifier);
  const process: FeedProcess = {
    db: seen,
    feed,
    notifier,
    sent,
    meet(error) {
      met = error;
    },
    stop() {
      stopping ??= feed
        .close()
        .then(() => notifier.close())
        .then(() => db.close());
      return stopping;
    },
  };
  onTestFinished(() => process.stop());
  return process;
}
