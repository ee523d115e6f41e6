import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { createTestDatabase } from '../support/db.ts';
import { clearJobs } from '../support/gate.ts';
import { CALLS } from './support/measured-calls.ts';
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

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}
interface Planned {
  readonly 'Query Text': string;
  readonly Plan: PlanNode;
}

/** Statements whose plan reads a whole table that grows, with the table. */
const found = new Set<string>();
let statements = 0;

const wholeTables = (node: PlanNode): string[] => [
  ...(node['Node Type'] === 'Seq Scan' && !SMALL.has(node['Relation Name'] ?? '')
    ? [node['Relation Name'] ?? '?']
    : []),
  ...(node.Plans ?? []).flatMap(wholeTables),
];

function look({ message = '' }: { readonly message?: string | undefined }): void {
  const [, document] = /plan:\n(\{[\s\S]*\})$/.exec(message) ?? [];
  if (document === undefined) return;
  statements++;
  const { 'Query Text': sql, Plan } = JSON.parse(document) as Planned;
  const text = sql.replace(/\s+/g, ' ');
  if (text === ANY) return;
  for (const table of wholeTables(Plan)) found.add(`${table}: ${text.slice(0, 300)}`);
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
const { connect } = pg.Client.prototype;

beforeAll(async () => {
  const database = await createTestDatabase();
  drop = database.drop;
  // Each statement tells its plan, also those inside functions.
  await database.db.query(`do $$ declare setting text; begin
    foreach setting in array array['session_preload_libraries = auto_explain', 'auto_explain.log_min_duration = 0',
      'auto_explain.log_nested_statements = on', 'auto_explain.log_format = json', 'auto_explain.log_level = notice']
    loop execute format('alter database %I set %s', current_database(), setting); end loop; end $$`);
  await keepWithoutStatistics(database.db);
  pg.Client.prototype.connect = function (this: pg.Client, ...args: unknown[]) {
    this.on('notice', look);
    return Reflect.apply(connect, this, args);
  };
  db = createDb({ url: database.url, applicationName: 'plans', maxConnections: 2 });
});
afterAll(async () => {
  pg.Client.prototype.connect = connect;
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
