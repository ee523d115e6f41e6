import type { FeedReader } from '../../../src/feed/reader.ts';
import type { Subscription } from '../../../src/feed/subscription.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { enqueueAll } from '../../../src/ledger/enqueue/enqueue-all.ts';
import type { Position } from '../../../src/ledger/feed.ts';
import { addReceipts } from '../../support/db.ts';
import { eventsOf } from '../../support/feed.ts';
import { waiting } from '../../support/job-states.ts';

/** Ids of all committed events behind an id, in the order of their transactions. An id is never given twice. */
export async function committedIds(db: Db, behind = 0): Promise<number[]> {
  const rows = await db.query<{ id: number }>('select id from pantry_queue.events where id > $1 order by xid, id', [
    behind,
  ]);
  return rows.map(({ id }) => id);
}

export async function lastId(db: Db): Promise<number> {
  return Math.max(0, ...(await committedIds(db)));
}

/** Accepts so many jobs, one event each, every one in a transaction of its own. */
export async function enqueueJobs(db: Db, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await waiting(db);
}

/** So many events at once, of one batch. */
export async function acceptBatch(db: Db, count: number, userId = 1): Promise<void> {
  const ids = await addReceipts(db, count, userId);
  const items = ids.map((subject) => ({ subject, asked: undefined }));
  const batchId = `batch-${ids[0]}`;
  await enqueueAll(db, 'ocr', items, { tenant: 'default', userId, priority: 'default', mode: 'once', batchId });
}

/** Reads all that is final behind a position. */
export async function readAll(
  reader: FeedReader,
  after: Position,
): Promise<{ readonly ids: readonly number[]; readonly to: Position }> {
  const ids: number[] = [];
  let to = after;
  for (;;) {
    const stretch = await reader.read(to);
    ids.push(...stretch.events.map(({ position }) => position.id));
    to = stretch.to;
    if (!stretch.more) return { ids, to };
  }
}

/** Takes the next so many events of a subscription; it waits for them. */
export async function take(
  subscription: Subscription,
  count: number,
): Promise<{ readonly ids: readonly number[]; readonly cursor: string }> {
  const ids: number[] = [];
  let cursor = '';
  for await (const item of eventsOf(subscription)) {
    ids.push(item.event.position.id);
    cursor = item.cursor;
    if (ids.length === count) break;
  }
  return { ids, cursor };
}
