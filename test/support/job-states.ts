import type { ErrorCode } from '../../src/contract/errors.ts';
import { admit } from '../../src/ledger/admission.ts';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import { beginAttempt, deferJob } from '../../src/ledger/attempts.ts';
import { endBatches } from '../../src/ledger/batches/batch-ends.ts';
import type { Db } from '../../src/ledger/db.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { enqueueAll } from '../../src/ledger/enqueue/enqueue-all.ts';
import { enqueueEach } from '../../src/ledger/enqueue/enqueue-each.ts';
import type { Later } from '../../src/ledger/enqueue/enqueue-rule.ts';
import { markHandedOver } from '../../src/ledger/gate.ts';
import { foldHistory } from '../../src/ledger/insight/queue-history.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from './db.ts';
import { beatAs } from './gate.ts';
import { bytesOf, replyFor } from './replies.ts';
import { firstRunOf, type Run } from './run.ts';

/** Jobs in their states, made by the ledger alone: no engine, no agent. */

/** The worker that holds what is read. */
export const worker = { id: 'w1', name: 'w1', host: 'here', pid: 1, slots: 5, running: [] };
export const seen = { engineRunId: 'e1', stuck: null, paused: false };

export const replyOf = (receiptId: number) => ({
  bytes: bytesOf(replyFor({ receipt_id: receiptId, image_path: '', user_id: 1, job_id: '' })),
  agentMs: 5,
});

/** Accepted, and not yet let in. */
export async function waiting(db: Db): Promise<Run> {
  const [receiptId = 0] = await addReceipts(db, 1);
  const request = { subject: receiptId, asked: undefined, tenant: 'default', userId: undefined } as const;
  await enqueueEach(db, 'ocr', [{ ...request, priority: 'default', mode: 'once' }]);
  return firstRunOf(receiptId, await readLedgerId(db));
}
async function later(db: Db, start: Partial<Later>): Promise<Run> {
  const [subject = 0] = await addReceipts(db, 1);
  const request = { subject, asked: undefined, tenant: 'default', userId: undefined } as const;
  const plan = { runAt: undefined, delayS: undefined, parents: [], onParentFailure: 'fail', ...start } as const;
  await enqueueEach(db, 'ocr', [{ ...request, priority: 'default', mode: 'once', later: plan }]);
  return firstRunOf(subject, await readLedgerId(db));
}
/** Starts in an hour. */
export const scheduled = (db: Db): Promise<Run> => later(db, { delayS: 3_600 });
/** Waits for a job that was canceled. */
export const dependentOn =
  (onParentFailure: Later['onParentFailure']) =>
  async (db: Db): Promise<Run> => {
    const parent = await waiting(db);
    const [row] = await db.query<{ job_no: number }>('select job_no from pantry_queue.jobs where subject = $1', [
      parent.subject,
    ]);
    const child = await later(db, { parents: [row?.job_no ?? 0], onParentFailure });
    await endJob(db, parent, { status: 'canceled' });
    return child;
  };
export async function admitted(db: Db): Promise<Run> {
  await beatAs(db, worker.id, 500);
  const run = await waiting(db);
  await admit(db, 100_000);
  return run;
}
export async function handedOver(db: Db): Promise<Run> {
  const run = await admitted(db);
  await markHandedOver(db, run, seen);
  return run;
}
export async function begun(db: Db): Promise<Run> {
  const run = await handedOver(db);
  await beginAttempt(db, run, worker);
  return run;
}
export async function deferred(db: Db): Promise<Run> {
  const run = await handedOver(db);
  await deferJob(db, run, { phase: 'backoff', delayMs: 0 });
  return run;
}
export async function replied(db: Db): Promise<Run> {
  const run = await begun(db);
  await storeReply(db, run, 1, replyOf(run.subject));
  return run;
}
export async function finished(db: Db): Promise<Run> {
  const run = await replied(db);
  await saveResult(db, run, { defaultCurrency: 'EUR' });
  return run;
}
/** Fails the job of a receipt, wherever it is. */
export async function failedBy(db: Db, receiptId: number, code: ErrorCode): Promise<void> {
  const run = firstRunOf(receiptId, await readLedgerId(db));
  await endJob(db, run, { status: 'failed', code, message: 'It could not be read.' });
}
/** A state, and what time or somebody else does to it. */
export const after = (state: typeof waiting, sql: string) => async (db: Db) => {
  const run = await state(db);
  await db.query(sql.includes('$1') ? sql : `${sql} -- ${run.subject}`, sql.includes('$1') ? [run.subject] : []);
  return run;
};
/** Its events are those of early transactions: none that is open anywhere in the cluster keeps them from being final. */
export const longAgo = (state: typeof waiting) =>
  after(after(state, `update pantry_queue.events set xid = '3'`), `update pantry_queue.batches set event_xid = '3'`);
export const inHistory = (state: typeof waiting) => async (db: Db) => {
  const run = await state(db);
  await foldHistory(db);
  return run;
};
export const job = (set: string) => `update pantry_queue.jobs set ${set} where subject = $1`;
/** Deleted after a sweep has seen it, so that the deletion is told. */
export const deleted = (state: typeof waiting) => async (db: Db) => {
  const run = await state(db);
  await foldArrivals(db);
  await db.query('delete from public.receipts where id = $1', [run.subject]);
  return run;
};
export const ended = (state: typeof waiting) => async (db: Db) => {
  const run = await state(db);
  await endJob(db, run, { status: 'canceled' }, { cancelRun: true });
  return run;
};
/** The only member of a batch, ended. */
export async function endedInBatch(db: Db): Promise<Run> {
  const [subject = 0] = await addReceipts(db, 1);
  const options = { tenant: 'default', userId: undefined, priority: 'default', mode: 'once' } as const;
  await enqueueAll(db, 'ocr', [{ subject, asked: undefined }], { ...options, batchId: `batch-${subject}` });
  const run = firstRunOf(subject, await readLedgerId(db));
  await endJob(db, run, { status: 'canceled' }, { cancelRun: true });
  return run;
}
export async function batchEnded(db: Db): Promise<Run> {
  const run = await endedInBatch(db);
  await endBatches(db, { after: 0 }, 1_000);
  return run;
}
/** The second generation of a job whose first one paid for its reply and did not save it. */
export async function retried(db: Db): Promise<Run> {
  const run = await ended(replied)(db);
  const request = { subject: run.subject, asked: undefined, tenant: 'default', userId: undefined } as const;
  await enqueueEach(db, 'ocr', [{ ...request, priority: 'default', mode: 'retry' }]);
  await admit(db, 100_000);
  return { ...run, generation: 2 };
}
