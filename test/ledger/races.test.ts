import { describe, expect, it } from 'vitest';
import type { RunKey } from '../../src/contract/job.ts';
import { beginAttempt, loseAttempts } from '../../src/ledger/attempts.ts';
import type { Db } from '../../src/ledger/db.ts';
import { enqueueAll } from '../../src/ledger/enqueue/enqueue-all.ts';
import { enqueueEach } from '../../src/ledger/enqueue/enqueue-each.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { cancelJob } from '../../src/ledger/jobs.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs, reply } from '../verify/jobs.ts';

const bench = useGate();
const jobs = createJobs(bench, () => readLedgerId(bench.db));

/** A ledger whose statements all run in the one transaction. */
async function inTransaction(work: (db: Db) => Promise<void>): Promise<void> {
  await bench.db.transaction((tx) => work({ ...bench.db, query: tx.query }));
}

/** Until somebody waits for a lock: the other side has got as far as it can. */
async function untilBlocked(): Promise<void> {
  for (let looks = 0; looks < 200; looks++) {
    const [row] = await bench.db.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((row?.n ?? 0) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const findings = async () =>
  (await verifyLedger(bench.db, { ledgerId: await readLedgerId(bench.db), workflowIdPrefix: '' })).findings;
const ocrStatus = async (id: number) =>
  (await bench.db.query<{ s: string }>('select ocr_status as s from public.receipts where id = $1', [id]))[0]?.s;

async function started(): Promise<RunKey> {
  const run = await jobs.waiting();
  await bench.dispatch.tick();
  return run;
}

describe('two that meet at one job', () => {
  it('a run that begins while the job is being canceled leaves the receipt pending', async () => {
    const run = await started();
    const ledgerId = await readLedgerId(bench.db);
    let marking: Promise<unknown> = Promise.resolve();
    await inTransaction(async (db) => {
      await cancelJob(db, asOwner.principal, run);
      marking = markProcessing(bench.db, ledgerId, run);
      await untilBlocked();
    });
    expect(await marking).toMatchObject({ current: false });
    expect(await ocrStatus(run.subject)).toBe('pending');
    expect(await findings()).toEqual([]);
  });

  it('a cancel that comes while the run marks its receipt takes the mark away', async () => {
    const run = await started();
    const ledgerId = await readLedgerId(bench.db);
    let canceling: Promise<unknown> = Promise.resolve();
    await inTransaction(async (db) => {
      await markProcessing(db, ledgerId, run);
      canceling = cancelJob(bench.db, asOwner.principal, run);
      await untilBlocked();
    });
    expect(await canceling).toBe(true);
    expect(await ocrStatus(run.subject)).toBe('pending');
    expect(await findings()).toEqual([]);
  });

  it('a second reply moves its attempt to saving with an event, though the first one stays', async () => {
    const run = await jobs.withAgent();
    await bench.db.query('delete from pantry_queue.workers');
    await bench.db.query(`update pantry_queue.jobs set attempt_started_at = now() - interval '1 minute'`);
    await bench.db.query(`update pantry_queue.queue_state set steady_since = now() - interval '1 hour'`);
    await loseAttempts(bench.db);
    const second = await beginAttempt(bench.db, run, { id: 'w2', name: 'w2' });
    expect(second).toMatchObject({ kind: 'call', attempt: 2 });
    await reply(bench.db, run, 1);
    await reply(bench.db, run, 2);
    expect(await findings()).toEqual([]);
    expect(await saveResult(bench.db, run, { defaultCurrency: 'EUR' })).toEqual({ current: true });
    expect(await findings()).toEqual([]);
  });

  it('a batch that is overtaken on one receipt is accepted whole, and counts it as there already', async () => {
    const ids = await addReceipts(bench.db, 3);
    const options = { tenant: 'default', userId: undefined, priority: 'default', mode: 'once' } as const;
    const items = ids.map((subject) => ({ subject, asked: undefined }));
    let batch: ReturnType<typeof enqueueAll> | undefined;
    await inTransaction(async (db) => {
      await enqueueEach(
        db,
        'ocr',
        items.slice(1, 2).map((item) => ({ ...item, ...options })),
      );
      batch = enqueueAll(bench.db, 'ocr', items, { ...options, batchId: 'batch-overtaken' });
      await untilBlocked();
    });
    expect((await batch)?.map((entry) => entry.verdict)).toEqual(['new', 'same', 'new']);
    expect(await bench.db.query(`select total, queued from pantry_queue.batches`)).toEqual([{ total: 3, queued: 2 }]);
    expect(await findings()).toEqual([]);
  });

  it('a caller who is overtaken on one receipt gets the job that is there, and the others their own', async () => {
    const ids = await addReceipts(bench.db, 3);
    const options = { tenant: 'default', userId: undefined, priority: 'default', mode: 'once' } as const;
    const requests = ids.map((subject) => ({ subject, asked: undefined, ...options }));
    let shared: ReturnType<typeof enqueueEach> | undefined;
    await inTransaction(async (db) => {
      await enqueueEach(db, 'ocr', requests.slice(1, 2));
      shared = enqueueEach(bench.db, 'ocr', requests);
      await untilBlocked();
    });
    expect((await shared)?.map(({ subject, verdict }) => [subject, verdict])).toEqual([
      [ids[0], 'new'],
      [ids[1], 'same'],
      [ids[2], 'new'],
    ]);
    expect(await findings()).toEqual([]);
  });

  it('a forced batch that is overtaken is refused whole', async () => {
    const done = await jobs.finished();
    const [fresh = 0] = await addReceipts(bench.db, 1);
    const options = { tenant: 'default', userId: undefined, priority: 'default', mode: 'force' } as const;
    const items = [fresh, done.subject].map((subject) => ({ subject, asked: undefined }));
    let batch: ReturnType<typeof enqueueAll> | undefined;
    await inTransaction(async (db) => {
      await enqueueEach(
        db,
        'ocr',
        items.slice(1).map((item) => ({ ...item, ...options })),
      );
      batch = enqueueAll(bench.db, 'ocr', items, { ...options, batchId: 'batch-refused' });
      await untilBlocked();
    });
    expect((await batch)?.map((entry) => entry.verdict)).toEqual(['new', 'job_active']);
    expect(await bench.db.query('select from pantry_queue.jobs where subject = $1', [fresh])).toEqual([]);
    expect(await findings()).toEqual([]);
  });
});
