import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { createTestFeed, eventsOf } from '../support/feed.ts';
import { createInstallation } from '../support/installation.ts';
import {
  admitted,
  begun,
  deferred,
  deleted,
  ended,
  handedOver,
  replied,
  retried,
  waiting,
} from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { ageForRestore, contentsOf, restoreRows, untilSilenceCounts } from '../support/restore.ts';
import { expectLedgerInOrder } from '../support/witness.ts';

async function finished(db: Db) {
  const run = await replied(db);
  await saveResult(db, run, { defaultCurrency: 'VND' });
  return run;
}
async function scheduled(db: Db) {
  const [receiptId = 0] = await addReceipts(db, 1);
  await db.query(
    `insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, run_at, give_up_at)
     select 'ocr', id, 1, user_id, jsonb_build_object('image_path', image_path), 'scheduled', now() + interval '1 day', now() + interval '2 days'
     from public.receipts where id = $1`,
    [receiptId],
  );
  return { subject: receiptId };
}
async function failed(db: Db) {
  const run = await begun(db);
  await endJob(db, run, { status: 'failed', code: 'agent_rejected', message: 'The agent refused the receipt.' });
  return run;
}

/** A job in each state at the moment of the dump, how it ends, and the calls that this costs. */
const JOBS = {
  waiting: [waiting, 'finished', 1],
  admitted: [admitted, 'finished', 1],
  handedOver: [handedOver, 'finished', 1],
  deferred: [deferred, 'finished', 1],
  // Its worker was gone before it stored a reply.
  reading: [begun, 'finished', 1],
  replied: [replied, 'finished', 0],
  // The generation before it had paid for the reply.
  retried: [retried, 'finished', 0],
  deleted: [deleted(handedOver), 'failed', 0],
  scheduled: [scheduled, 'scheduled', 0],
  finished: [finished, 'finished', 0],
  canceled: [ended(begun), 'canceled', 0],
  failed: [failed, 'failed', 0],
} as const;
type JobName = keyof typeof JOBS;
const NAMES = Object.keys(JOBS) as JobName[];

let source: Awaited<ReturnType<typeof createTestDatabase>>;
let cluster: TestPostgres;
let db: Db;
/** Before the first event of the dump. */
let cursor: string;
const receiptOf = new Map<JobName, number>();
const url = () => `${cluster.url}/restored`;
const open = () => createDb({ url: url(), applicationName: 'restore' });

beforeAll(async () => {
  [source, cluster] = await Promise.all([createTestDatabase(), startPostgres()]);
  const notifier = createNotifier(source.db);
  const feed = await createTestFeed(source.db, notifier);
  cursor = (await feed.subscribe({ filter: { tenant: 'default' } })).cursor();
  await feed.close();
  await notifier.close();
  for (const name of NAMES) receiptOf.set(name, (await JOBS[name][0](source.db)).subject);
  await ageForRestore(source.db);
  // A new cluster counts its transactions from the beginning: those of the dump are ahead of it.
  for (let n = 0; n < 300; n++) await source.db.query('select pg_current_xact_id()');
  const admin = new pg.Client({ connectionString: `${cluster.url}/postgres` });
  await admin.connect();
  await admin.query('create database restored');
  await admin.end();
  db = open();
  await migrate(db);
});
afterAll(async () => {
  await db.close();
  await cluster.stop();
  await source.drop();
});

const unfinished = () =>
  db.query(
    `select subject as receipt_id, pantry_queue.state_of(status, phase) as state from pantry_queue.jobs
     where status in ('queued', 'deferred', 'started') order by 1`,
  );

async function latestStatuses(): Promise<Map<number, string>> {
  const rows = await db.query<{ receipt_id: number; status: string }>(
    'select subject as receipt_id, status from pantry_queue.jobs where not superseded',
  );
  return new Map(rows.map((row) => [row.receipt_id, row.status]));
}

describe('a queue that was dumped and restored into a fresh cluster', () => {
  it('[P9] has every row and sequence, and is the same ledger', async () => {
    await restoreRows(source.db, db);
    expect(await contentsOf(db)).toEqual(await contentsOf(source.db));
    expect(await readLedgerId(db)).toBe(await readLedgerId(source.db));
    const xid = (of: Db) => of.query<{ xid: string }>('select pg_current_xact_id()::text as xid');
    expect(Number((await xid(db))[0]?.xid)).toBeLessThan(Number((await xid(source.db))[0]?.xid));
  });

  it('[P9] has them too after a copy of the stopped server’s folder', async () => {
    await db.close();
    cluster = await cluster.moveToCopy();
    db = open();
    expect(await contentsOf(db)).toEqual(await contentsOf(source.db));
  });

  it('[I1] [I4] [I16] ends every job once with a new gate and worker, pays no stored reply again, and tells a cursor every event once', async () => {
    const calls: number[] = [];
    const [restored] = await db.query<{ last: number }>('select max(id) as last from pantry_queue.events');
    const queue = await createInstallation({ database: url() });
    try {
      await queue.work({
        async extract(request) {
          calls.push(request.receipt_id);
          return bytesOf(replyFor(request));
        },
      });
      const [added = 0] = await addReceipts(db, 1);
      await queue.queue.enqueueOcr({ receipt_id: added }, asOwner);
      await untilSilenceCounts(db);
      await expect.poll(unfinished, { timeout: 30_000, interval: 50 }).toEqual([]);

      const statuses = await latestStatuses();
      const callsOf = (id: number) => calls.filter((each) => each === id).length;
      const ends = NAMES.map((name) => [
        name,
        statuses.get(receiptOf.get(name) ?? 0),
        callsOf(receiptOf.get(name) ?? 0),
      ]);
      expect(ends).toEqual(NAMES.map((name) => [name, JOBS[name][1], JOBS[name][2]]));
      expect([statuses.get(added), callsOf(added)]).toEqual(['finished', 1]);
      await expectLedgerInOrder({ db });

      const events = await db.query<{ id: number }>('select id from pantry_queue.events order by id > $1, xid, id', [
        restored?.last,
      ]);
      const told: number[] = [];
      const subscription = await queue.feed.subscribe({ after: cursor, filter: { tenant: 'default' } });
      for await (const { event } of eventsOf(subscription)) {
        told.push(event.position.id);
        if (told.length === events.length) break;
      }
      expect(told).toEqual(events.map(({ id }) => id));
    } finally {
      await queue.dispose();
    }
  });
});
