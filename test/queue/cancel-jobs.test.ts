import { beforeEach, describe, expect, it } from 'vitest';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { emptyLedger, failed, queued } from '../support/failed-jobs.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { begun, handedOver, replied, waiting } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(() => emptyLedger(bench.db));

const cancel = (input: InputOf<'cancelJobs'>) => bench.queue.cancelJobs(input, asOwner);
const confirmed = async (input: InputOf<'cancelJobs'>) =>
  cancel({ confirm_token: (await cancel(input)).confirm_token });
const statusOf = async (receiptId: number) =>
  (await bench.queue.getJobStatus({ job_id: `ocr-${receiptId}` }, asOwner)).status;

describe('cancel_jobs', () => {
  it('[Q7] cancels what has not ended, tells the engine, and says what had been written', async () => {
    const [done = 0] = await failed(bench.db, 1);
    // In turn: one that is admitted takes those before it along.
    const runs = [await handedOver(bench.db), await begun(bench.db), await replied(bench.db), await waiting(bench.db)];
    const [idle = 0, called = 0, saving = 0, queue = 0] = runs.map(({ subject }) => subject);
    const preview = await cancel({});
    expect(preview).toMatchObject({ would_affect: 4, written: { uncalled: 2, aborting: 2, called: 0 } });
    const told = await cancel({ confirm_token: preview.confirm_token });
    expect(told).toMatchObject({
      written: { uncalled: 2, aborting: 2, called: 0 },
      bulk: { state: 'ended', total: 4, done: 4, skipped: 0 },
    });
    expect(await Promise.all([idle, saving, queue, called, done].map(statusOf))).toEqual([
      ...['canceled', 'canceled', 'canceled'],
      ...['started', 'failed'],
    ]);
    const commands = await bench.db.query('select from pantry_queue.commands where done_at is null');
    expect(commands).toHaveLength(3);
    const rows = await bench.db.query<{ ocr_status: string }>('select ocr_status from public.receipts where id = $1', [
      saving,
    ]);
    expect(rows).toEqual([{ ocr_status: 'pending' }]);
    const { findings } = await verifyLedger(bench.db, { ledgerId: 'any', workflowIdPrefix: '' });
    expect(findings).toEqual([]);
  });

  it('[Q7] cancels a batch and nothing beside it', async () => {
    const receipts = await addReceipts(bench.db, 3);
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids: receipts }, asOwner);
    const [beside = 0] = await queued(bench.db, 1);
    expect(await confirmed({ batch_id: batch_id ?? '' })).toMatchObject({ bulk: { done: 3 } });
    expect(await statusOf(beside)).toBe('queued');
  });

  it('[Q7] acts on no job that was accepted, or came into the state of the filter, after the preview', async () => {
    const [first = 0, second = 0] = await queued(bench.db, 2);
    const everything = await cancel({});
    const deferred = await cancel({ status: ['queued'], phase: ['worker'] });
    expect(deferred).toMatchObject({ would_affect: 0 });
    await beatAs(bench.db, 'w1', 10);
    await bench.dispatch.tick();
    const [later = 0] = await queued(bench.db, 1);
    expect(await cancel({ confirm_token: deferred.confirm_token })).toMatchObject({ bulk: { total: 0, done: 0 } });
    expect(await cancel({ confirm_token: everything.confirm_token })).toMatchObject({ bulk: { total: 2, done: 2 } });
    expect(await Promise.all([first, second, later].map(statusOf))).toEqual(['canceled', 'canceled', 'queued']);
  });

  it('[Q7] skips what has left the state of the filter, or has ended', async () => {
    const receipts = await queued(bench.db, 3);
    const { confirm_token } = await cancel({ status: ['queued'], phase: ['admission'] });
    await bench.queue.cancelJob({ job_id: `ocr-${receipts[0]}` }, asOwner);
    expect(await cancel({ confirm_token })).toMatchObject({
      bulk: { total: 3, done: 2, skipped: 1, reasons: [{ code: 'changed', jobs: 1 }] },
    });
  });

  it('[Q7] a receipt whose table refuses its new status holds up none of the others', async () => {
    const one = await replied(bench.db);
    const other = await replied(bench.db);
    await bench.db.query(`update public.receipts set ocr_status = 'processing'`);
    await bench.db.query(
      `alter table public.receipts add constraint no_pending check (id <> ${one.subject} or ocr_status <> 'pending')`,
    );
    try {
      expect(await confirmed({})).toMatchObject({ bulk: { state: 'ended', done: 2, failed: 0 } });
      expect(await Promise.all([one, other].map(({ subject }) => statusOf(subject)))).toEqual(['canceled', 'canceled']);
    } finally {
      await bench.db.query('alter table public.receipts drop constraint no_pending');
    }
  });
});
