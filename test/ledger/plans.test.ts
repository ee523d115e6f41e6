import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { createTestDatabase } from '../support/db.ts';
import { clearJobs } from '../support/gate.ts';
import { CALLS } from './support/measured-calls.ts';
import { type PlanNode, type Planned, tellPlans } from './support/plan-log.ts';
import { keepWithoutStatistics } from './support/statistics.ts';
import { STEPS } from './support/steps.ts';

const SMALL: ReadonlySet<string> = new Set([
  // One row, or one for each process, setting or code.
  ...['ledger', 'epochs', 'shared_settings', 'queue_state', 'breaker', 'audit_head', 'sql_callers', 'totals'],
  ...['workers', 'gates', 'history_place', 'webhook_place'],
  // Each round empties it.
  'arrivals',
]);
/** Asks for any row: the first one answers. */
const ANY = 'exists (select from new_jobs where not live) and exists (select from pantry_queue.dependencies)';

/** Statements whose plan reads a whole table that grows, with the table. */
const found = new Set<string>();
let statements = 0;

const wholeTables = (node: PlanNode): string[] => [
  ...(node['Node Type'] === 'Seq Scan' && !SMALL.has(node['Relation Name'] ?? '')
    ? [node['Relation Name'] ?? '?']
    : []),
  ...(node.Plans ?? []).flatMap(wholeTables),
];

function look({ text, plan }: Planned): void {
  statements++;
  if (text === ANY) return;
  for (const table of wholeTables(plan)) found.add(`${table}: ${text.slice(0, 300)}`);
}

/** @throws what the statements of the call read whole; that it runs none */
async function reads(call: () => Promise<unknown>): Promise<void> {
  const before = statements;
  found.clear();
  await call();
  expect(statements).toBeGreaterThan(before);
  expect([...found]).toEqual([]);
}

const NAMED_STEPS = STEPS.map((step, nth) => [`${step.name} (${nth})`, step] as const);

let db: Db;
let drop: () => Promise<void>;
let endTelling = () => {};

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  endTelling = await tellPlans(database.db, look);
  await keepWithoutStatistics(database.db);
  db = createDb({ url: database.url, applicationName: 'plans', maxConnections: 2 });
});
afterAll(async () => {
  endTelling();
  await db?.close();
  await drop?.();
});

describe('[Q5] a plan that was made on an empty ledger reads no whole table that grows', () => {
  it('and one that did would be seen', async () => {
    await db.query('select count(result) from pantry_queue.jobs');
    expect([...found]).toEqual(['jobs: select count(result) from pantry_queue.jobs']);
  });

  it.each(CALLS)('%s', async (_name, call, on) => reads(() => call(on(db), 1)));

  it.each(NAMED_STEPS)('%s', async (_name, step) => {
    await clearJobs(db);
    const run = await step.prepare(db);
    await reads(() => step.call(db, run).catch(() => {}));
  });
});

describe('[Q5] a plan that was made when PostgreSQL had counted a small ledger reads no whole table that grows', () => {
  it.each(CALLS)('%s', async (_name, call, on) => {
    await db.query('analyze');
    await reads(() => call(on(db), 1));
  });

  it.each(NAMED_STEPS)('%s', async (_name, step) => {
    await clearJobs(db);
    const run = await step.prepare(db);
    await db.query('analyze');
    await reads(() => step.call(db, run).catch(() => {}));
  });
});
