import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createCursors } from '../../src/feed/cursor.ts';
import { createFeedReader, type FeedReader } from '../../src/feed/reader.ts';
import type { Db } from '../../src/ledger/db.ts';
import { beginEpochWhereMoved } from '../../src/ledger/epochs.ts';
import { readEpochs } from '../../src/ledger/feed.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { restoreRows } from '../support/restore.ts';
import { startLedgerServer } from './support/cluster.ts';
import { committedIds, enqueueJobs, lastId, readAll } from './support/events.ts';

type Server = Awaited<ReturnType<typeof startLedgerServer>>;
let home: Server;
let away: Server;
beforeAll(async () => {
  [home, away] = await Promise.all([startLedgerServer(), startLedgerServer()]);
});
afterAll(() => Promise.all([home.stop(), away.stop()]));

async function newLedger(server: Server): Promise<{ db: Db; url: string }> {
  const ledger = await server.newLedger();
  onTestFinished(() => ledger.db.close());
  return ledger;
}
const nextXid = async (db: Db): Promise<number> => {
  const [row] = await db.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
  return Number(row?.xid);
};
/** Uses up transaction ids of a server until those of another one are behind. */
async function overtake(db: Db, other: Db): Promise<void> {
  for (const target = (await nextXid(other)) + 50; (await nextXid(db)) < target; );
}
const readerOf = async (db: Db): Promise<FeedReader> => createFeedReader(db, createCursors(await readLedgerId(db)), 4);
const epochsOf = async (db: Db) => (await readEpochs(db)).map(({ epoch }) => epoch);
async function behind(reader: FeedReader, cursor: string): Promise<readonly number[]> {
  return (await readAll(reader, await reader.positionOf(cursor))).ids;
}

/**
 * A ledger whose transactions are ahead of the other server's, with cursors before its first and its last events, and
 * one that was given after the dump: what that one has seen is gone.
 */
async function dumped(options: { ahead: 'home' | 'away' } = { ahead: 'home' }) {
  const source = (await newLedger(home)).db;
  const target = await newLedger(away);
  await overtake(...((options.ahead === 'home' ? [source, target.db] : [target.db, source]) as [Db, Db]));
  const reader = await readerOf(source);
  const begun = await reader.end();
  const first = reader.cursorOf(begun);
  await enqueueJobs(source, 6);
  const middle = reader.cursorOf((await reader.read(begun)).to);
  const last = reader.cursorOf((await readAll(reader, begun)).to);
  await restoreRows(source, target.db);
  const restored = await lastId(target.db);
  await enqueueJobs(source, 5);
  const lost = reader.cursorOf((await readAll(reader, begun)).to);
  return { source, db: target.db, url: target.url, restored, cursors: { first, middle, last, lost } };
}

describe('a ledger that was restored into another cluster', () => {
  it.each(['home', 'away'] as const)(
    '[I4] tells every new event once to every cursor, and old ones in their order, where %s has used more transactions',
    async (ahead) => {
      const { db, restored, cursors } = await dumped({ ahead });
      await (await readerOf(db)).look();
      expect(await epochsOf(db)).toEqual([1, 2]);
      await enqueueJobs(db, 5);
      const all = await committedIds(db);
      const [oldOnes, newOnes] = [all.filter((id) => id <= restored), all.filter((id) => id > restored)];
      expect([oldOnes.length, newOnes.length]).toEqual([6, 5]);
      expect(await behind(await readerOf(db), cursors.first)).toEqual([...oldOnes, ...newOnes]);
      expect(await behind(await readerOf(db), cursors.middle)).toEqual([...oldOnes.slice(4), ...newOnes]);
      expect(await behind(await readerOf(db), cursors.last)).toEqual(newOnes);
      expect(await behind(await readerOf(db), cursors.lost)).toEqual(newOnes);
    },
  );

  it('[I4] counts what an SQL client accepts before the first start as new', async () => {
    const { db, url, restored, cursors } = await dumped();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    for (const receiptId of await addReceipts(db, 3))
      await client.query('select pantry_queue.enqueue_ocr($1)', [receiptId]);
    await (await readerOf(db)).look();
    await enqueueJobs(db, 2);
    expect(await behind(await readerOf(db), cursors.lost)).toEqual(await committedIds(db, restored));
    expect(await committedIds(db, restored)).toHaveLength(5);
  });

  it('[I4] begins its epoch between transactions: one that has written an event is waited for', async () => {
    const { db, url, restored, cursors } = await dumped();
    const [receiptId] = await addReceipts(db, 1);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query('begin');
    await client.query('select pantry_queue.enqueue_ocr($1)', [receiptId]);
    await expect(beginEpochWhereMoved(db)).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(await epochsOf(db)).toEqual([1]);
    await client.query('commit');
    expect(await beginEpochWhereMoved(db)).toBe(true);
    expect(await behind(await readerOf(db), cursors.last)).toEqual(await committedIds(db, restored));
  });

  it('begins one epoch, however many processes see it', async () => {
    const { db } = await dumped();
    const begun = await Promise.all(Array.from({ length: 6 }, () => beginEpochWhereMoved(db)));
    expect(begun.filter((each) => each)).toHaveLength(1);
    expect(await beginEpochWhereMoved(db)).toBe(false);
    expect(await epochsOf(db)).toEqual([1, 2]);
  });

  it('is told by its events where the server does not name its cluster', async () => {
    const { db, restored, cursors } = await dumped();
    await db.query(
      'create or replace function pantry_queue.cluster_name() returns text language sql as $$ select null $$',
    );
    await (await readerOf(db)).look();
    await enqueueJobs(db, 2);
    expect(await epochsOf(db)).toEqual([1, 2]);
    expect(await behind(await readerOf(db), cursors.last)).toEqual(await committedIds(db, restored));
    expect(await beginEpochWhereMoved(db)).toBe(false);
  });

  it('is read on by a process that knew the epoch before only, no matter who begins the next one', async () => {
    for (const begin of [beginEpochWhereMoved, async () => {}]) {
      const { db, restored, cursors } = await dumped();
      const reader = await readerOf(db);
      const at = await reader.positionOf(cursors.last);
      await begin(db);
      const { to } = await reader.read(at);
      await enqueueJobs(db, 3);
      expect((await readAll(reader, to)).ids).toEqual(await committedIds(db, restored));
      expect(await epochsOf(db)).toEqual([1, 2]);
    }
  });

  it('refuses a cursor of another restore of the same dump, and goes on from one of its own', async () => {
    const { source, db, cursors } = await dumped();
    const again = (await newLedger(home)).db;
    await restoreRows(source, again);
    await (await readerOf(db)).look();
    await enqueueJobs(db, 2);
    const given = await readerOf(db);
    const end = await given.end();
    const givenUp = given.cursorOf(end);

    // The first restore is given up: its own dump goes home again.
    await again.query(`update pantry_queue.epochs set cluster = 'elsewhere'`);
    await beginEpochWhereMoved(again);
    expect(await epochsOf(again)).toEqual([1, 2]);
    await expect((await readerOf(again)).positionOf(givenUp)).rejects.toMatchObject({ code: 'cursor_expired' });
    await enqueueJobs(db, 1);
    expect(await behind(await readerOf(db), givenUp)).toHaveLength(1);
    expect((await behind(await readerOf(db), cursors.last)).length).toBe(3);
  });

  it('[I4] tells new events to a cursor among those that a fail-over has lost', async () => {
    const { db } = await newLedger(home);
    await db.query(`update pantry_queue.epochs set cluster = replace(cluster, '/00000001', '/00000000')`);
    const reader = await readerOf(db);
    await enqueueJobs(db, 5);
    const lost = reader.cursorOf(await reader.end());
    const before = await lastId(db);
    await db.query('delete from pantry_queue.events where id > $1', [before - 2]);
    await reader.look();
    await enqueueJobs(db, 2);
    expect(await behind(reader, lost)).toEqual(await committedIds(db, before));
  });
});

describe('pantry-queue verify', () => {
  const found = async (db: Db) => {
    const { findings } = await verifyLedger(db, { ledgerId: await readLedgerId(db), workflowIdPrefix: '' });
    return findings.filter(({ check }) => check === 'epoch_overdue' || check === 'event_unreachable');
  };

  it('[P8] names a ledger that was moved and has no epoch there yet', async () => {
    const { db } = await dumped();
    expect(await found(db)).toMatchObject([{ check: 'epoch_overdue', count: 1, ids: ['epoch 1'] }]);
    await beginEpochWhereMoved(db);
    expect(await found(db)).toEqual([]);
  });

  it('[P8] names the jobs whose events no reader comes by, in the present epoch and before', async () => {
    const { db, restored } = await dumped();
    await beginEpochWhereMoved(db);
    await enqueueJobs(db, 1);
    expect(await found(db)).toEqual([]);
    const jobs = await db.query<{ id: string }>(
      `with moved as (
         update pantry_queue.events set xid = case when id > $1::bigint then '1'::xid8 else '999999'::xid8 end
         where id in ($1::bigint, $1::bigint + 1) returning job_no)
       select 'ocr-' || subject as id from moved join pantry_queue.jobs using (job_no) order by 1`,
      [restored],
    );
    expect(await found(db)).toMatchObject([{ check: 'event_unreachable', count: 2, ids: jobs.map(({ id }) => id) }]);
  });
});

it('a ledger that has not moved keeps its epoch', async () => {
  const { db } = await newLedger(home);
  await enqueueJobs(db, 3);
  const reader = await readerOf(db);
  await reader.look();
  expect(await beginEpochWhereMoved(db)).toBe(false);
  expect(await epochsOf(db)).toEqual([1]);
});
