import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createQueueClient, type StreamMessage } from '../../src/client/index.ts';
import type { EventMessage } from '../../src/contract/event-message.ts';
import { FEED } from '../../src/contract/policies.ts';
import { createCursors } from '../../src/feed/cursor.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { useCluster } from '../feed/support/cluster.ts';
import { acceptBatch, committedIds, enqueueJobs, lastId } from '../feed/support/events.ts';
import { addReceipts } from '../support/db.ts';
import { startEventServer } from './support/event-server.ts';

const cluster = useCluster();
let cursors: ReturnType<typeof createCursors>;
beforeAll(async () => {
  cursors = createCursors(await readLedgerId(cluster.db));
});
const idOf = ({ id }: StreamMessage) => cursors.read(id).position.id;
const isEvent = ({ type }: StreamMessage) => type !== 'caught_up' && type !== 'resync';

/** Takes so many events of a stream; it waits for them. */
async function idsOf(messages: AsyncIterable<readonly StreamMessage[]>, count: number): Promise<number[]> {
  const ids: number[] = [];
  for await (const some of messages) {
    ids.push(...some.filter(isEvent).map(idOf));
    if (ids.length >= count) break;
  }
  return ids;
}

/** Accepts a job in a transaction that is committed by hand. */
async function openTransaction() {
  const client = await cluster.connect();
  const [receiptId] = await addReceipts(cluster.db, 1);
  await client.query('begin');
  await client.query('select pantry_queue.enqueue_ocr($1)', [receiptId]);
  return client;
}

describe('events', () => {
  it('[H4] ten thousand reach a hundred readers in order, none twice and none left out, however late some commit', async () => {
    const server = await startEventServer(cluster.url);
    const before = await lastId(cluster.db);
    const principal = { tenant: 'default', user: 1, scopes: new Set(['jobs:read', 'queue:admin'] as const) };
    const count = 10_003;
    const streams = await Promise.all(
      Array.from({ length: 100 }, () => server.streams.events({ types: ['enqueued'] }, { principal })),
    );
    const reads = streams.map((stream) => idsOf(stream, count));
    const early = await openTransaction();
    await acceptBatch(cluster.db, 5_000);
    const late = await openTransaction();
    await acceptBatch(cluster.db, 5_000);
    await late.query('commit');
    await early.query('commit');
    await enqueueJobs(cluster.db, 1);
    const committed = await committedIds(cluster.db, before);
    expect(committed).toHaveLength(count);
    for (const ids of await Promise.all(reads)) expect(ids).toEqual(committed);
    // A page serves all who stand at the same place: far fewer than a hundred times 21.
    expect(server.sent.filter((text) => text.includes('left join lateral')).length).toBeLessThan(1_000);
  });

  it('[H4] reach the client through restarts and cut connections, each once and in order', async () => {
    const first = await startEventServer(cluster.url);
    const before = await lastId(cluster.db);
    const count = 12;
    const cuts: string[] = [];
    const enough = new AbortController();
    const read = async (query: object) => {
      const seen: EventMessage[] = [];
      const client = createQueueClient({ url: first.url });
      for await (const message of client.events(query, { signal: enough.signal, tell: (news) => cuts.push(news) })) {
        if (message.type === 'caught_up') caughtUp();
        else seen.push(message as EventMessage);
        if (seen.length === count) break;
      }
      return seen;
    };
    let caughtUp = () => {};
    const isReading = new Promise<void>((resolve) => {
      caughtUp = resolve;
    });
    const reading = read({ types: ['enqueued'] });
    await isReading;
    await enqueueJobs(cluster.db, 3);
    const early = await openTransaction();
    await enqueueJobs(cluster.db, 3);
    await first.stop();
    await enqueueJobs(cluster.db, 2);
    await startEventServer(cluster.url, { port: first.port });
    await early.query('commit');
    await enqueueJobs(cluster.db, 3);
    const seen = await reading;
    expect(seen.map(idOf)).toEqual(await committedIds(cluster.db, before));
    expect(cuts.length).toBeGreaterThan(0);
  });
});

describe('connections to the database', () => {
  it('[I11] streams that keep up cost one read for all of them, and those that are behind two at a time', async () => {
    const server = await startEventServer(cluster.url);
    const principal = { tenant: 'default', user: 1, scopes: new Set(['jobs:read'] as const) };
    const open = async (after?: string) => {
      const ended = new AbortController();
      onTestFinished(() => ended.abort());
      return server.streams.events({ after, types: ['enqueued'] }, { principal, signal: ended.signal });
    };
    const begin = (await open()).cursor();
    const streams = await Promise.all(Array.from({ length: 50 }, () => open()));
    const reads = streams.map((stream) => idsOf(stream, 1));
    const { length } = server.sent;
    await enqueueJobs(cluster.db, 1);
    await Promise.all(reads);
    expect(server.sent.length - length).toBeLessThan(12);

    await acceptBatch(cluster.db, FEED.recent + FEED.page);
    const before = server.sent.length;
    const behind = await Promise.all(Array.from({ length: 50 }, () => open(begin)));
    await Promise.all(behind.map((stream) => idsOf(stream, FEED.recent + FEED.page + 1)));
    expect(server.mostAtOnce()).toBeLessThanOrEqual(FEED.catchUps + 1);
    // Each alone would read for itself: 50 times and more.
    expect(server.sent.length - before).toBeLessThan(25);
  });
});
