import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { createTestDatabase } from '../support/db.ts';
import { clearJobs } from '../support/gate.ts';
import { CALLS } from './support/measured-calls.ts';
import { tellPlans } from './support/plan-log.ts';
import { addReadLongAgo, emptyLedger, found, lookAtRows, RECEIPTS } from './support/rows-read.ts';
import { SEARCHES } from './support/searches.ts';
import { keepWithoutStatistics } from './support/statistics.ts';
import { STEPS } from './support/steps.ts';

const COUNT = 'select count(*) from public.receipts where user_id = $1::int';

const STANDING = CALLS.filter(([name]) => !Object.hasOwn(SEARCHES, name));

let db: Db;
let drop = async () => {};
let endTelling = () => {};
beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  endTelling = await tellPlans(database.db, lookAtRows, { analyzed: true });
  await keepWithoutStatistics(database.db);
  db = createDb({ url: database.url, applicationName: 'rows', maxConnections: 1 });
});
afterAll(async () => {
  endTelling();
  await db?.close();
  await drop();
});

describe('[Q5] a plan that was made on an empty ledger reads a page of rows for a call, however many its owner has then', () => {
  let id = 0;
  beforeAll(async () => {
    await emptyLedger(db);
    for (const [, ask, on] of STANDING) await ask(on(db), 1);
    id = await addReadLongAgo(db);
  });

  it.each(STANDING)('%s', async (_name, ask, on) => {
    found.clear();
    await ask(on(db), id);
    expect([...found]).toEqual([]);
  });
});

describe('[Q5] a plan that was made on an empty ledger reads a job’s own rows, however many receipts its owner has then', () => {
  it('and one that read more would be seen', async () => {
    await emptyLedger(db);
    await addReadLongAgo(db);
    found.clear();
    await db.query(COUNT, [1]);
    expect([...found]).toEqual([`${RECEIPTS} of receipts by pantry_receipts_user: ${COUNT}`]);
  });

  it.each(STEPS.map((step, nth) => [`${step.name} (${nth})`, step] as const))('%s', async (_name, step) => {
    await emptyLedger(db);
    const call = async () => {
      const run = await step.prepare(db);
      found.clear();
      await step.call(db, run).catch(() => {});
      const rows = [...found];
      await clearJobs(db);
      return rows;
    };
    await call();
    await addReadLongAgo(db);
    expect(await call()).toEqual([]);
  });
});
