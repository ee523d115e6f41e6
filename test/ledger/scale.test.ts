import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedJobs } from '../../bench/queue/seed-jobs.ts';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import type { Queryable, Transaction } from '../../src/ledger/connection/queryable.ts';
import { settingsOf } from '../../src/ledger/connection/session.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { createTestDatabase } from '../support/db.ts';
import { addAudit } from './support/audit-calls.ts';
import { addBill } from './support/bill-calls.ts';
import { addBatches, addDependencies, queueUp } from './support/fill.ts';
import { addKeys } from './support/key-calls.ts';
import { addSchedules } from './support/many-schedules.ts';
import { CALLS } from './support/measured-calls.ts';
import { addReviews } from './support/review-calls.ts';
import { keepWithoutStatistics } from './support/statistics.ts';
import { addWebhooks } from './support/webhook-calls.ts';

const FEW = 1_000;
const MANY = 40_000;
/** Of each hundred that is seeded the first 70 have finished. */
const FINISHED_FROM_END = 90;

const ledgers: { db: Db; drop(): Promise<void> }[] = [];

/** A ledger whose one connection has sent each call already when there was nothing in it. */
async function ledgerOf(jobs: number, fill: (db: Db, jobs: number) => Promise<void>): Promise<Db> {
  const { url, drop } = await createTestDatabase();
  const db = createDb({ url, maxConnections: 1, applicationName: 'test' });
  ledgers.push({
    db,
    async drop() {
      await db.close();
      await drop();
    },
  });
  await keepWithoutStatistics(db);
  for (const [, call, on] of CALLS) await call(on(db), 1);
  await fill(db, jobs);
  await addBatches(db, jobs);
  await addDependencies(db, jobs);
  await addSchedules(db, jobs);
  await addBill(db, jobs);
  await addWebhooks(db, jobs);
  await addKeys(db, jobs);
  await addAudit(db, jobs);
  await addReviews(db, jobs);
  // As a sweep has done before anybody asks.
  await foldArrivals(db);
  return db;
}

/** A search has settings of its own, and no plan of an earlier call. */
function plannedNow(tx: Transaction): Queryable {
  return {
    async query(text, values) {
      await tx.execute(settingsOf(undefined, 'search'));
      const rows = await tx.query<never>(`${text} -- ${randomUUID()}`, values);
      await tx.execute(settingsOf(undefined));
      return rows;
    },
  };
}

/** Rows that a call reads from tables, by index or without; what it changes is undone. */
async function rowsRead(db: Db, call: (db: Db) => Promise<unknown>): Promise<number> {
  let rows = Number.NaN;
  const undo = new Error('undo');
  await db
    .transaction(async (tx) => {
      const soFar = async () => {
        const [sum] = await tx.query<{ n: number }>(
          `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::int as n from pg_stat_xact_user_tables`,
        );
        return sum?.n ?? 0;
      };
      const before = await soFar();
      await call({ ...db, query: tx.query, search: plannedNow(tx), transaction: (work) => work(tx) });
      rows = (await soFar()) - before;
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return rows;
}

afterAll(async () => {
  for (const ledger of ledgers) await ledger.drop();
});

describe.each([
  {
    of: 'jobs in all states, without statistics of them',
    fill: seedJobs,
    receiptId: (jobs: number) => jobs - FINISHED_FROM_END,
  },
  { of: 'waiting jobs, by plans that were made before there was any', fill: queueUp, receiptId: () => 99 },
])(`a call reads as many rows among ${MANY} as among ${FEW} $of`, ({ fill, receiptId }) => {
  let few: Db;
  let many: Db;
  beforeAll(async () => {
    few = await ledgerOf(FEW, fill);
    many = await ledgerOf(MANY, fill);
  }, 120_000);

  it('and one that read all of them would be seen', async () => {
    expect(await rowsRead(many, (db) => db.query('select count(result) from pantry_queue.jobs'))).toBe(MANY);
  });

  it.each(CALLS)('%s', async (_name, call, on) => {
    const among = {
      few: await rowsRead(on(few), (db) => call(db, receiptId(FEW))),
      many: await rowsRead(on(many), (db) => call(db, receiptId(MANY))),
    };
    expect(among.many, `${among.few} rows among few`).toBeLessThanOrEqual(2 * among.few + 20);
  });
});
