import fc from 'fast-check';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createCursors } from '../../src/feed/cursor.ts';
import { createFeedReader } from '../../src/feed/reader.ts';
import type { Position } from '../../src/ledger/feed.ts';
import { addReceipts } from '../support/db.ts';
import { useCluster } from './support/cluster.ts';
import { committedIds, lastId, readAll } from './support/events.ts';

const cluster = useCluster();
/** Pages of two: every order of commits falls on the end of a page too. */
const newReader = () => createFeedReader(cluster.db, createCursors('ledger'), 2);

/** Accepts a job in the transaction of a client. */
async function accept(client: pg.Client): Promise<void> {
  const [receiptId] = await addReceipts(cluster.db, 1);
  await client.query('select pantry_queue.enqueue_ocr($1)', [receiptId]);
}

describe('a reader of the feed', () => {
  it('[I4] skips no transaction that commits late, and reads it before those that began after it', async () => {
    const reader = newReader();
    const start = await reader.end();
    const before = await lastId(cluster.db);
    const [early, late] = [await cluster.connect(), await cluster.connect()];
    await early.query('begin');
    await accept(early);
    await late.query('begin');
    await accept(late);
    await late.query('commit');

    const meanwhile = await readAll(reader, start);
    expect(meanwhile.ids).toEqual([]);
    const hinted = await reader.newest(meanwhile.to);
    expect(hinted.map(({ position }) => position.id)).toEqual(await committedIds(cluster.db, before));

    await early.query('commit');
    const { ids } = await readAll(reader, meanwhile.to);
    expect(ids).toEqual([before + 1, before + 2]);
    expect(await committedIds(cluster.db, before)).toEqual(ids);
  });

  it('[I4] reads every event once and in one order, in whatever order transactions begin, write, commit and roll back', async () => {
    const clients = [await cluster.connect(), await cluster.connect(), await cluster.connect()];
    const step = fc.record({
      who: fc.nat(2),
      does: fc.constantFrom('write', 'write', 'commit', 'rollback', 'read', 'read', 'join'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
        const before = await lastId(cluster.db);
        const isOpen = [false, false, false];
        const readers: { reader: ReturnType<typeof newReader>; at: Position; known: Set<number>; ids: number[] }[] = [];
        const committed = async () => new Set(await committedIds(cluster.db, before));
        const join = async () => {
          const reader = newReader();
          const at = await reader.end();
          // What is committed when it joins may come or not; all that follows must.
          readers.push({ reader, at, known: await committed(), ids: [] });
        };
        const end = async (who: number, how: 'commit' | 'rollback') => {
          if (isOpen[who]) await clients[who]?.query(how);
          isOpen[who] = false;
        };
        await join();
        for (const { who, does } of steps) {
          const client = clients[who];
          if (does === 'join') await join();
          else if (does === 'commit' || does === 'rollback') await end(who, does);
          else if (does === 'write' && client) {
            if (!isOpen[who]) await client.query('begin');
            isOpen[who] = true;
            await accept(client);
          } else if (does === 'read') {
            const each = readers[who % readers.length];
            if (!each) continue;
            const stretch = await each.reader.read(each.at);
            each.ids.push(...stretch.events.map(({ position }) => position.id));
            each.at = stretch.to;
          }
        }
        for (const who of [0, 1, 2]) await end(who, 'commit');

        const all = await committedIds(cluster.db, before);
        for (const { reader, at, known, ids } of readers) {
          const read = [...ids, ...(await readAll(reader, at)).ids];
          expect(read).toEqual(all.slice(all.length - read.length));
          expect(all.filter((id) => !known.has(id)).every((id) => read.includes(id))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
