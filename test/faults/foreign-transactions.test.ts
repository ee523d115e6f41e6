import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { expectLedgerInOrder } from '../support/witness.ts';

let queue: Installation;
let sessions: pg.Client[] = [];
/** Calls of the agent by receipt, and those that it keeps until it is let go on. */
const calls = new Map<number, number>();
const kept = new Map<number, Promise<void>>();

/** Somebody else’s session. */
async function stranger(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: queue.url });
  await client.connect();
  sessions.push(client);
  return client;
}

beforeAll(async () => {
  queue = await createInstallation();
  await queue.work({
    async extract(request) {
      calls.set(request.receipt_id, (calls.get(request.receipt_id) ?? 0) + 1);
      await kept.get(request.receipt_id);
      return bytesOf(replyFor(request));
    },
  });
  // Open over all that follows, as that of a forgotten console: it has a snapshot, and a transaction id of its own.
  const console = await stranger();
  await console.query('begin isolation level repeatable read');
  await console.query('select pg_current_xact_id(), (select count(*) from pantry_queue.jobs)');
});
afterAll(async () => {
  for (const session of sessions) await session.end();
  sessions = [];
  await queue.dispose();
});

function keepCall(receiptId: number): () => void {
  let letGo = () => {};
  kept.set(
    receiptId,
    new Promise((resolve) => {
      letGo = resolve;
    }),
  );
  return () => letGo();
}

const isCalled = (receiptId: number) =>
  expect.poll(() => calls.get(receiptId), { timeout: 20_000, interval: 20 }).toBe(1);
const isFinished = (receiptId: number) => queue.waitFor(`ocr-${receiptId}`, (job) => job.status === 'finished', 45_000);

async function newReceipts(count: number): Promise<[number, ...number[]]> {
  const [first = 0, ...rest] = await addReceipts(queue.db, count);
  return [first, ...rest];
}
const enqueueAll = (ids: readonly number[]) =>
  Promise.all(ids.map((receipt_id) => queue.queue.enqueueOcr({ receipt_id }, asOwner)));

/** Some statement of the queue waits for the session. */
async function isWaitedFor(client: pg.Client): Promise<void> {
  const { processID } = client as pg.Client & { processID: number };
  const blocked = () =>
    queue.db.query('select from pg_stat_activity where $1::int = any (pg_blocking_pids(pid))', [processID]);
  await expect.poll(blocked, { timeout: 20_000, interval: 20 }).not.toEqual([]);
}

describe('while somebody else’s transaction stays open', () => {
  it('[P9] with the row of a receipt, that one waits and all others are read', async () => {
    const [held, ...others] = await newReceipts(5);
    const client = await stranger();
    await client.query('begin');
    await client.query('select from public.receipts where id = $1 for update', [held]);
    await enqueueAll([held, ...others]);
    await isWaitedFor(client);
    for (const id of others) await isFinished(id);
    expect((await queue.queue.getJobStatus({ job_id: `ocr-${held}` }, asOwner)).status).not.toBe('failed');
    await client.query('rollback');
    await isFinished(held);
    expect([held, ...others].map((id) => calls.get(id))).toEqual([1, 1, 1, 1, 1]);
  });

  it('[I16] with the row of a job, its paid reply is kept in hand until it can be stored', async () => {
    const [held, ...others] = await newReceipts(4);
    const letGo = keepCall(held);
    await enqueueAll([held]);
    await isCalled(held);
    const client = await stranger();
    await client.query('begin');
    await client.query('select from pantry_queue.jobs where subject = $1 for update', [held]);
    letGo();
    await enqueueAll(others);
    await isWaitedFor(client);
    for (const id of others) await isFinished(id);
    await client.query('rollback');
    await isFinished(held);
    expect([held, ...others].map((id) => calls.get(id))).toEqual([1, 1, 1, 1]);
  });

  it('[I16] with the whole table of receipts, calls say so, and all goes on when it is over', async () => {
    const [held, ...others] = await newReceipts(3);
    const letGo = keepCall(held);
    await enqueueAll([held]);
    await isCalled(held);
    const client = await stranger();
    await client.query('begin');
    await client.query('lock table public.receipts in access exclusive mode');
    letGo();
    await expect(enqueueAll(others)).rejects.toMatchObject({
      code: 'ledger_unavailable',
      message: 'Somebody else has locked what this call needs in the database.',
    });
    // What needs no receipt is answered meanwhile, and the state of the queue with it.
    expect(await queue.queue.queueInfo({}, asOwner)).toMatchObject({ started_jobs: expect.any(Number) });
    await client.query('rollback');
    await enqueueAll(others);
    for (const id of [held, ...others]) await isFinished(id);
    expect([held, ...others].map((id) => calls.get(id))).toEqual([1, 1, 1]);
  });

  it('[P9] with an old snapshot, counts stay exact, arrivals are folded and dead rows can be vacuumed', async () => {
    const ids = await newReceipts(20);
    await enqueueAll(ids);
    for (const id of ids) await isFinished(id);
    const arrivals = () => queue.db.query('select from pantry_queue.arrivals');
    await expect.poll(arrivals, { timeout: 15_000, interval: 50 }).toEqual([]);
    const client = await stranger();
    await client.query('vacuum pantry_queue.arrivals, pantry_queue.counters, pantry_queue.jobs');
    await expectLedgerInOrder(queue);
    expect(ids.map((id) => calls.get(id))).toEqual(ids.map(() => 1));
    const old = `select from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction' and backend_xmin is not null`;
    expect((await client.query(old)).rowCount).toBe(1);
  });
});
