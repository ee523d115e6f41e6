import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { createDb } from '../../src/ledger/db.ts';
import { addReceipts } from '../support/db.ts';
import { slowReader, startHttpAgent } from '../support/http-agent.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { startUp } from '../support/running-up.ts';
import { ALL, SEED, sampleOf } from '../support/sample.ts';
import { expectLedgerInOrder, untilEnded } from '../support/witness.ts';

// Mostly waiting, each in a queue of its own: all at once. In the full run one by one, so that nothing slows it but its fault.
vi.setConfig({ testTimeout: 180_000, maxConcurrency: ALL ? 1 : 4 });

/** A queue with a worker whose agent counts its calls and answers when it is let go on. */
async function start({ onTestFinished }: TestContext) {
  const queue = await createInstallation();
  onTestFinished(() => queue.dispose());
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
  onTestFinished(() => stranger.end());
  return { queue, calls, letGoOn, stranger };
}

/** As a caller does: what a busy machine did not answer is asked again. */
const persistently = <T>(call: () => Promise<T>): Promise<T> => vi.waitFor(call, { timeout: 30_000, interval: 1_000 });

async function underWay(queue: Installation, calls: ReadonlyMap<number, number>, count: number): Promise<number[]> {
  const ids = await persistently(() => addReceipts(queue.db, count));
  for (const id of ids) await persistently(() => queue.queue.enqueueOcr({ receipt_id: id }, asOwner));
  await vi.waitFor(() => expect(calls.size).toBe(count), { timeout: 30_000 });
  return ids;
}

/** Every job finished, each receipt was read once, and nobody was taken for dead. */
async function expectPaidOnce(queue: Installation, calls: ReadonlyMap<number, number>, ids: readonly number[]) {
  for (const id of ids) await queue.waitFor(`ocr-${id}`, (job) => job.status === 'finished', 90_000);
  expect([...calls.values()]).toEqual(ids.map(() => 1));
  const lost = await queue.db.query(`select job_no from pantry_queue.events where kind = 'attempt_lost'`);
  expect(lost).toEqual([]);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A worker that is silent for 15 s counts as lost: `npm test` waits a little longer than that. */
const atMost = (seconds: number) => (ALL ? seconds : Math.min(seconds, 17));

interface Lock {
  readonly what: string;
  readonly kind: 'table' | 'rows';
  readonly seconds: number;
  /** What somebody else’s session does. */
  sql(ids: readonly number[]): string;
}

const tables = { replies: 'pantry_queue', receipts: 'public', jobs: 'pantry_queue', workers: 'pantry_queue' };
const LOCKS: readonly Lock[] = [
  ...Object.entries(tables).map(
    ([table, schema]): Lock => ({
      what: `the ${table}`,
      kind: 'table',
      seconds: atMost(25),
      sql: () => `lock table ${schema}.${table}`,
    }),
  ),
  {
    what: 'a worker’s row',
    kind: 'rows',
    seconds: atMost(40),
    sql: () => 'select from pantry_queue.workers for update',
  },
  {
    what: 'the receipts that are read',
    kind: 'rows',
    seconds: atMost(40),
    sql: (ids) => `select from public.receipts where id in (${ids.join()}) for update`,
  },
];

describe.concurrent(`while somebody else holds a lock (seed ${SEED})`, () => {
  it.for(sampleOf(LOCKS, ({ kind }) => kind))(
    '[I16] on $what for $seconds s, no paid reply is lost and no live worker is taken for dead',
    async ({ seconds, sql }, context) => {
      const { queue, calls, letGoOn, stranger } = await start(context);
      const ids = await underWay(queue, calls, 4);
      await stranger.query('begin');
      await stranger.query(sql(ids));
      letGoOn();
      const until = Date.now() + seconds * 1_000;
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
  );
});

describe.concurrent('while the database is read-only', () => {
  it('[I16] calls get 503, no paid reply is lost, and all goes on without a restart', async (context) => {
    const { queue, calls, letGoOn, stranger } = await start(context);
    const ids = await underWay(queue, calls, 4);
    const [later] = await persistently(() => addReceipts(queue.db, 1));
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
  });
});

const FROZEN_S = atMost(30);

describe.concurrent('while the database is frozen', () => {
  it(`for ${FROZEN_S} s during saves, it costs time, and no reading`, async ({ onTestFinished }) => {
    const agent = await startHttpAgent(slowReader(300));
    onTestFinished(() => agent.close());
    const dataDir = await mkdtemp(join(tmpdir(), 'pantry-freeze-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const up = await startUp(dataDir, { AGENT_URL: agent.url, AGENT_SLOTS: '4' });
    onTestFinished(async () => void (await up.stop()));
    const db = createDb({ url: (await up.owner()).database_url, applicationName: 'test-witness' });
    onTestFinished(() => db.close());
    const ids = await addReceipts(db, 12);
    await fetch(`${(await up.owner()).url}/receipts/ocr/process-all?user_id=1`, { method: 'POST' });
    await agent.untilCalls(6);
    const postmaster = await up.pidOf('postgres');
    // All of the server: `up` starts it as a process group of its own.
    process.kill(-postmaster, 'SIGSTOP');
    await pause(FROZEN_S * 1_000);
    process.kill(-postmaster, 'SIGCONT');
    await untilEnded(db, ids, 60_000);
    const rows = await db.query('select status, attempts_charged from pantry_queue.jobs group by 1, 2');
    expect(rows).toEqual([{ status: 'finished', attempts_charged: 0 }]);
    expect(agent.log.length).toBe(ids.length);
    await expectLedgerInOrder({ db });
  });
});
