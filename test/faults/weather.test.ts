import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { asOwner, bytesOf, createInstallation, type Installation, replyFor } from '../support/installation.ts';

let cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  cleanups = [];
});

/** A queue with a worker whose agent counts its calls and answers when it is let go on. */
async function start() {
  const queue = await createInstallation();
  cleanups.push(() => queue.dispose());
  const calls = new Map<number, number>();
  let letGoOn = () => {};
  const held = new Promise<void>((resolve) => {
    letGoOn = resolve;
  });
  await queue.work({
    async extract(request) {
      calls.set(request.receipt_id, (calls.get(request.receipt_id) ?? 0) + 1);
      await held;
      return bytesOf(replyFor(request));
    },
  });
  const stranger = new pg.Client({ connectionString: queue.url });
  stranger.on('error', () => {});
  await stranger.connect();
  cleanups.push(() => stranger.end());
  return { queue, calls, letGoOn, stranger };
}

async function underWay(queue: Installation, calls: ReadonlyMap<number, number>, count: number): Promise<number[]> {
  const ids = await addReceipts(queue.db, count);
  for (const id of ids) await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
  await expect.poll(() => calls.size, { timeout: 30_000 }).toBe(count);
  return ids;
}

/** Every job finished, each receipt was read once, and nobody was taken for dead. */
async function expectPaidOnce(queue: Installation, calls: ReadonlyMap<number, number>, ids: readonly number[]) {
  for (const id of ids) await queue.waitFor(`ocr-${id}`, (job) => job.status === 'finished', 90_000);
  expect([...calls.values()]).toEqual(ids.map(() => 1));
  const lost = await queue.db.query(`select receipt_id from pantry_queue.events where kind = 'attempt_lost'`);
  expect(lost).toEqual([]);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `npm test` runs the two that have lost most; a worker that is silent for 15 s counts as lost. */
const ALL = process.env.FAULTS === 'all';
const SHORT_S = 17;

/** What somebody else’s session does, and for how long. */
const LOCKS: readonly (readonly [string, number, (ids: readonly number[]) => string])[] = [
  ['the replies', 25, () => 'lock table pantry_queue.replies'],
  ['the receipts', 25, () => 'lock table public.receipts'],
  ['the jobs', 25, () => 'lock table pantry_queue.jobs'],
  ['the workers', 25, () => 'lock table pantry_queue.workers'],
  ['a worker’s row', 40, () => 'select from pantry_queue.workers for update'],
  ['the receipts that are read', 40, (ids) => `select from public.receipts where id in (${ids.join()}) for update`],
];

describe('while somebody else holds a lock', () => {
  it.each(LOCKS.filter(([what]) => ALL || ['the replies', 'a worker’s row'].includes(what)))(
    '[I16] on %s for %s s, no paid reply is lost and no live worker is taken for dead',
    async (_what, seconds, sql) => {
      const { queue, calls, letGoOn, stranger } = await start();
      const ids = await underWay(queue, calls, 4);
      await stranger.query('begin');
      await stranger.query(sql(ids));
      letGoOn();
      const until = Date.now() + (ALL ? seconds : SHORT_S) * 1_000;
      while (Date.now() < until) {
        // Others are answered meanwhile: the state of the queue, or that it cannot be told now.
        await queue.queue.queueInfo({}, asOwner).catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'ledger_unavailable' });
        });
        await pause(1_000);
      }
      await stranger.query('rollback');
      await expectPaidOnce(queue, calls, ids);
    },
    180_000,
  );
});

describe('while the database is read-only', () => {
  it('[I16] for 30 s, calls get 503, no paid reply is lost, and all goes on without a restart', async () => {
    const { queue, calls, letGoOn, stranger } = await start();
    const ids = await underWay(queue, calls, 4);
    const [later] = await addReceipts(queue.db, 1);
    const name = new URL(queue.url).pathname.slice(1);
    const cutAll = () =>
      stranger.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
    await stranger.query(`alter database ${name} set default_transaction_read_only = on`);
    await cutAll();
    letGoOn();
    const until = Date.now() + (ALL ? 30_000 : 10_000);
    while (Date.now() < until) {
      await expect(queue.queue.enqueueOcr({ receipt_id: later ?? 0 }, asOwner)).rejects.toMatchObject({
        code: 'ledger_unavailable',
        retryAfterS: expect.any(Number),
      });
      await pause(1_000);
    }
    await stranger.query(`alter database ${name} reset default_transaction_read_only`);
    await expectPaidOnce(queue, calls, ids);
    await queue.queue.enqueueOcr({ receipt_id: later ?? 0 }, asOwner);
    await queue.waitFor(`ocr-${later}`, (job) => job.status === 'finished', 30_000);
  }, 180_000);
});
