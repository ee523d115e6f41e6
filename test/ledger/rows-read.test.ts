import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { clearJobs } from '../support/gate.ts';
import { CALLS } from './support/measured-calls.ts';
import { type PlanNode, type Planned, tellPlans } from './support/plan-log.ts';
import { SEARCHES } from './support/searches.ts';
import { keepWithoutStatistics } from './support/statistics.ts';
import { STEPS } from './support/steps.ts';

/** Of the owner whose job is worked at. */
const RECEIPTS = 1_200;
/** A job's own rows, and a page of what a sweep looks at. */
const FEW = 520;

/** Rows that one part of a plan has read, whether it kept them or not. */
const rowsOf = (node: PlanNode) =>
  ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
  (node['Actual Loops'] ?? 0);

const readMany = (node: PlanNode): string[] => [
  ...(node['Relation Name'] !== undefined && rowsOf(node) > FEW
    ? [`${Math.round(rowsOf(node))} of ${node['Relation Name']} by ${node['Index Name'] ?? node['Node Type']}`]
    : []),
  ...(node.Plans ?? []).flatMap(readMany),
];

const COUNT = 'select count(*) from public.receipts where user_id = $1::int';

/** Forgets the plans too. */
const EMPTY = 'truncate public.receipts, pantry_queue.jobs, pantry_queue.events, pantry_queue.tombstones cascade';

const found = new Set<string>();
function look({ text, plan }: Planned): void {
  for (const rows of readMany(plan)) found.add(`${rows}: ${text.slice(0, 200)}`);
}

/** Receipts of one purchase each that were read long ago: rows in their final state, and no plan is forgotten for them. */
async function readLongAgo(ids: readonly number[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(`set local session_replication_role = 'replica'`);
    await tx.query(
      `update public.receipts set ocr_status = 'completed', merchant_name = 'Shop ' || id, total_amount = id, currency = 'EUR'
       where id = any ($1)`,
      [ids],
    );
    await tx.query(
      `insert into pantry_queue.jobs (kind, subject, generation, user_id, params, status, created_at, give_up_at, started_at,
         ended_at, attempt, result, result_hash)
       select 'ocr', r.id, 1, r.user_id, jsonb_build_object('image_path', r.image_path), 'finished', now() - interval '1 day',
         now() + interval '1 day', now() - interval '1 hour', now() - interval '1 hour', 1,
         '{"merchant_name": "Shop", "items": [], "needs_review": false}', 'none'
       from public.receipts r where r.id = any ($1)`,
      [ids],
    );
    await tx.query('select pantry_queue.keep_facts($1::bigint[])', [ids]);
  });
}

let db: Db;
let drop = async () => {};
let endTelling = () => {};
beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  endTelling = await tellPlans(database.db, look, { analyzed: true });
  await keepWithoutStatistics(database.db);
  db = createDb({ url: database.url, applicationName: 'rows', maxConnections: 1 });
});
afterAll(async () => {
  endTelling();
  await db?.close();
  await drop();
});

describe('[Q5] a plan that was made on an empty ledger reads a job’s own rows, however many receipts its owner has then', () => {
  it('and one that read more would be seen', async () => {
    await readLongAgo(await addReceipts(db, RECEIPTS));
    found.clear();
    await db.query(COUNT, [1]);
    expect([...found]).toEqual([`${RECEIPTS} of receipts by pantry_receipts_user: ${COUNT}`]);
  });

  it.each(CALLS.filter(([name]) => !Object.hasOwn(SEARCHES, name)))('%s', async (_name, ask, on) => {
    await db.query(EMPTY);
    await ask(on(db), 1);
    const [id = 0] = await addReceipts(db, RECEIPTS);
    await readLongAgo(Array.from({ length: RECEIPTS }, (_, nth) => id + nth));
    found.clear();
    await ask(on(db), id);
    expect([...found]).toEqual([]);
  });

  it.each(STEPS.map((step, nth) => [`${step.name} (${nth})`, step] as const))('%s', async (_name, step) => {
    await db.query(EMPTY);
    const call = async () => {
      const run = await step.prepare(db);
      found.clear();
      await step.call(db, run).catch(() => {});
      const rows = [...found];
      await clearJobs(db);
      return rows;
    };
    await call();
    await readLongAgo(await addReceipts(db, RECEIPTS));
    expect(await call()).toEqual([]);
  });
});
