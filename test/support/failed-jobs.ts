import type { Principal } from '../../src/contract/principal.ts';
import type { Db } from '../../src/ledger/db.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { enqueueAll } from '../../src/ledger/enqueue-all.ts';
import { addReceipts } from './db.ts';
import { clearJobs } from './gate.ts';

const ALL = ['jobs:read', 'jobs:write', 'queue:admin', 'act_as'] as const;

/** A call by somebody. */
export function as(who: Partial<Principal>): { principal: Principal } {
  return { principal: { tenant: 'default', user: 1, scopes: new Set(ALL), ...who } };
}
/** Somebody who may act for nobody else. */
export const asUser = (user: number) => as({ user, scopes: new Set(['jobs:read', 'jobs:write']) });

let batches = 0;

/** Queues new receipts. @returns their ids */
export async function queued(db: Db, count: number, userId = 1): Promise<number[]> {
  const receipts = await addReceipts(db, count, userId);
  const items = receipts.map((subject) => ({ subject, asked: undefined }));
  await enqueueAll(db, 'ocr', items, {
    tenant: 'default',
    userId: undefined,
    priority: 'default',
    mode: 'once',
    batchId: `made-up-${process.pid}-${++batches}`,
  });
  return receipts;
}

export async function failOne(db: Db, receiptId: number, generation = 1): Promise<void> {
  const run = { kind: 'ocr', subject: receiptId, generation, runNo: undefined };
  await endJob(db, run, { status: 'failed', code: 'agent_rejected', message: 'The agent refused it.' });
}

/** New receipts whose jobs have failed. @returns their ids */
export async function failed(db: Db, count: number, userId = 1): Promise<number[]> {
  const receipts = await queued(db, count, userId);
  for (const receiptId of receipts) await failOne(db, receiptId);
  return receipts;
}

/** Nothing is left of the tests before. */
export async function emptyLedger(db: Db): Promise<void> {
  await clearJobs(db);
  for (const table of ['events', 'batches', 'bulks', 'bulk_jobs']) await db.query(`delete from pantry_queue.${table}`);
}
