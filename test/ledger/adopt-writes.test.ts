import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteReceipt } from '../../src/jobs/ocr/delete-receipt.ts';
import { insertReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { inspectTables } from '../../src/ledger/adoption/adopt.ts';
import type { Transaction } from '../../src/ledger/connection/queryable.ts';
import type { Db } from '../../src/ledger/db.ts';
import { cancelJob } from '../../src/ledger/jobs.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { createTestDatabase } from '../support/db.ts';
import { begun, handedOver, replied, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf } from '../support/replies.ts';
import type { Run } from '../support/run.ts';
import { ALL, MANY, SEED } from '../support/sample.ts';
import { EXISTING } from './support/adoptions.ts';
import { type Change, changesOf } from './support/changes.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let runs: Record<'full' | 'bare' | 'handed' | 'waiting', Run>;

/** Nothing was read but that there is an item. */
const BARE = { success: true, raw_text: 'x', items: [{ item_name: 'x' }], metadata: {} };

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const { db } = database;
  await db.transaction((tx) => tx.execute(EXISTING));
  await migrate(db);
  // Only for the rows that the test itself adds.
  await db.query(
    `alter table public.receipts alter status set default 'uploaded', alter ocr_status set default 'pending'`,
  );
  const bare = await begun(db);
  await storeReply(db, bare, 1, { bytes: bytesOf({ ...BARE, receipt_id: bare.subject }), agentMs: 1 });
  runs = { bare, full: await replied(db), handed: await handedOver(db), waiting: await waiting(db) };
});
afterAll(() => database.drop());

const UPLOAD = {
  tenant: 'default',
  userId: 1,
  imagePath: 'minio://receipts/x.jpg',
  sha256: 's',
  bytes: 1,
  allowDuplicate: true,
};

/** Each way in which the queue writes the two tables; it throws, or is false, where the write did not happen. */
const WRITES: Readonly<Record<string, (db: Db) => Promise<boolean>>> = {
  upload: async (db) => (await insertReceipt(db, { ...UPLOAD, purchaseDate: '2026-01-30' })).receiptId > 0,
  'upload without a date': async (db) =>
    (await insertReceipt(db, { ...UPLOAD, purchaseDate: undefined })).receiptId > 0,
  'mark as processing': (db) =>
    marked(db, runs.handed, 'processing', () => markProcessing(db, runs.handed.ledgerId, runs.handed)),
  'save a reading': (db) => saved(db, runs.full, 2),
  'save a reading of next to nothing': (db) => saved(db, runs.bare, 1),
  cancel: (db) => marked(db, runs.waiting, 'pending', () => cancelJob(db, asOwner.principal, { ...runs.waiting })),
  delete: async (db) => {
    await deleteReceipt(db, 'default', runs.waiting.subject, undefined);
    return (await db.query('select from public.receipts where id = $1', [runs.waiting.subject])).length === 0;
  },
};

async function marked(db: Db, run: Run, status: string, work: () => Promise<unknown>): Promise<boolean> {
  const before = await db.query('select xmin::text as x from public.receipts where id = $1', [run.subject]);
  await work();
  const rows = await db.query<{ x: string; status: string }>(
    'select xmin::text as x, ocr_status::text as status from public.receipts where id = $1',
    [run.subject],
  );
  return rows[0]?.status === status && before.length === 1;
}

async function saved(db: Db, run: Run, items: number): Promise<boolean> {
  const written = await marked(db, run, 'completed', () => saveResult(db, run, { defaultCurrency: 'VND' }));
  const rows = await db.query('select from public.receipt_items where receipt_id = $1', [run.subject]);
  return written && rows.length === items;
}

const undo = new Error('undo');

/** The writes that fail after a change; undefined where the change itself cannot be made. */
async function failingAfter(change: Change): Promise<{ failing: string[]; findings: string[] } | undefined> {
  let outcome: { failing: string[]; findings: string[] } | undefined;
  const attempt = database.db.transaction(async (tx) => {
    const made = await tx.execute(change.sql).then(
      () => true,
      () => false,
    );
    if (!made) throw undo;
    const findings = (await inspectTables(tx, { first: false })).map(({ what }) => what);
    const failing: string[] = [];
    for (const [name, write] of Object.entries(WRITES)) if (!(await happens(tx, write))) failing.push(name);
    outcome = { failing, findings };
    throw undo;
  });
  await expect(attempt).rejects.toBe(undo);
  return outcome;
}

let statements = 0;

/** Tried in a savepoint, as if it were alone, and as if no statement had been prepared before the change. */
async function happens(tx: Transaction, write: (db: Db) => Promise<boolean>): Promise<boolean> {
  await tx.execute('savepoint before_write');
  const fresh: Transaction = { ...tx, query: (text, values) => tx.query(`${text} -- ${++statements}`, values) };
  const on: Db = { ...database.db, query: fresh.query, transaction: (work) => work(fresh) };
  const did = await write(on).catch(() => false);
  await tx.execute('rollback to savepoint before_write');
  return did;
}

it(`[P9] every change of the adopted tables that makes a write fail is named by a finding (seed ${SEED})`, async () => {
  const changes = (await changesOf(database.db)).filter((_, nth) => ALL || (nth + SEED) % (MANY ? 3 : 6) === 0);
  const unnamed: string[] = [];
  const counts = { made: 0, breaking: 0 };
  for (const change of changes) {
    const outcome = await failingAfter(change);
    if (!outcome) continue;
    counts.made++;
    if (outcome.failing.length > 0) counts.breaking++;
    if (outcome.failing.length > 0 && !outcome.findings.some((what) => what.includes(change.named))) {
      unnamed.push(`${change.name}: ${outcome.failing.join(', ')}`);
    }
  }
  expect(unnamed).toEqual([]);
  // That the changes were made, and did break something.
  expect(counts.made).toBeGreaterThan(0.8 * changes.length);
  expect(counts.breaking).toBeGreaterThan(changes.length / 4);
}, 300_000);

it('[P9] every write happens in the tables as they are', async () => {
  expect(await failingAfter({ name: 'nothing', named: '', sql: 'select 1' })).toEqual({ failing: [], findings: [] });
});
