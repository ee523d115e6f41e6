import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../src/contract/queue-api.ts';
import { doSlice } from '../../src/ledger/bulks/bulk-slice.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { as, asUser, emptyLedger, failed, failOne, queued } from '../support/failed-jobs.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();

beforeEach(() => emptyLedger(bench.db));

const clear = (input: Parameters<typeof bench.queue.clearFailedJobs>[0], who = asOwner) =>
  bench.queue.clearFailedJobs(input, who);
const tokenOf = ({ confirm_token }: OutputOf<'clearFailedJobs'>) => confirm_token ?? '';

async function clearedReceipts(): Promise<number[]> {
  const rows = await bench.db.query<{ subject: number }>(
    'select subject from pantry_queue.jobs where cleared_at is not null order by 1',
  );
  return rows.map(({ subject }) => subject);
}

async function expectHealthy(): Promise<void> {
  const { db } = bench;
  const { findings } = await verifyLedger(db, { ledgerId: 'any', workflowIdPrefix: '' });
  expect(findings).toEqual([]);
}

describe('restore_failed_jobs without a bulk', () => {
  it('[Q6] takes back the latest clearing of the caller, of no other user, and says when there is none', async () => {
    await failed(bench.db, 2);
    await clear({ confirm_token: tokenOf(await clear({})) });
    for (const who of [asUser(2), as({ tenant: 'other' })]) {
      await expect(bench.queue.restoreFailedJobs({}, who)).rejects.toMatchObject({ code: 'bulk_not_found' });
    }
    expect(await bench.queue.restoreFailedJobs({}, asOwner)).toMatchObject({ restored: 2 });
    expect(await clearedReceipts()).toEqual([]);
  });
});

describe('clear_failed_jobs', () => {
  it('[Q6] previews what it would do and changes nothing', async () => {
    const receipts = await failed(bench.db, 7);
    const preview = await clear({});
    expect(preview).toEqual({
      would_affect: 7,
      matching: 7,
      sample: receipts.slice(0, 5).map((id) => `ocr-${id}`),
      cost: { agent_calls: 0, stored_replies: 0 },
      confirm_token: expect.any(String),
      expires_at: expect.any(String),
    });
    expect(await clearedReceipts()).toEqual([]);
  });

  it('[Q6] returns the count really cleared, which leaves the counts and keeps the rows', async () => {
    const receipts = await failed(bench.db, 3);
    const told = await clear({ confirm_token: tokenOf(await clear({})) });
    expect(told).toMatchObject({ cleared: 3, bulk: { state: 'ended', total: 3, done: 3, skipped: 0, remaining: 0 } });
    expect(await clearedReceipts()).toEqual(receipts);
    expect(await bench.queue.queueInfo({}, asOwner)).toMatchObject({ failed_jobs: 0, by_error: [] });
    expect(await bench.queue.getJobStatus({ job_id: `ocr-${receipts[0]}` }, asOwner)).toMatchObject({
      status: 'failed',
    });
    expect(await clear({})).toMatchObject({ would_affect: 0, sample: [] });
    await expectHealthy();
  });

  it('[Q6] clears of a filter only what it finds', async () => {
    const [mine = 0] = await failed(bench.db, 1);
    await failed(bench.db, 2, 2);
    for (const filter of [{ user_id: 1 }, { receipt_id: mine }, { user_id: 1, error_code: 'agent_rejected' }]) {
      expect(await clear(filter)).toMatchObject({ would_affect: 1, sample: [`ocr-${mine}`] });
    }
    expect(await clear({ error_code: 'gave_up' })).toMatchObject({ would_affect: 0 });
    expect(await clear({ confirm_token: tokenOf(await clear({ user_id: 1 })) })).toMatchObject({ cleared: 1 });
    expect(await clearedReceipts()).toEqual([mine]);
  });

  it('[Q6] acts once, however often and from wherever the same confirmation comes', async () => {
    await failed(bench.db, 20);
    const confirm_token = tokenOf(await clear({}));
    const told = await Promise.all(Array.from({ length: 8 }, () => clear({ confirm_token })));
    expect(new Set(told.map(({ bulk }) => bulk?.bulk_id)).size).toBe(1);
    const [bulk] = told;
    await failed(bench.db, 1);
    expect(await clear({ confirm_token })).toMatchObject({ cleared: 20, bulk: { bulk_id: bulk?.bulk?.bulk_id } });
    expect(await bench.db.query('select from pantry_queue.bulk_jobs where outcome = $1', ['done'])).toHaveLength(20);
    expect(await bench.db.query(`select from pantry_queue.events where kind = 'cleared'`)).toHaveLength(20);
  });

  /** What may happen to a failed job, or beside it, between preview and confirmation. Does it still fit the preview? */
  const HAPPENS: Readonly<Record<string, { does: (receiptId: number) => Promise<unknown>; fits: boolean }>> = {
    nothing: { does: async () => {}, fits: true },
    'it is retried': { does: (id) => bench.queue.retryJob({ job_id: `ocr-${id}` }, asOwner), fits: false },
    'it is retried and fails again': {
      does: async (id) => {
        await bench.queue.retryJob({ job_id: `ocr-${id}` }, asOwner);
        await failOne(bench.db, id, 2);
      },
      fits: false,
    },
    'its receipt is deleted': { does: (id) => bench.queue.deleteReceipt({ receipt_id: id }, asOwner), fits: false },
    'it is cleared by another call': {
      does: async (id) => clear({ confirm_token: tokenOf(await clear({ receipt_id: id })) }),
      fits: false,
    },
    'it is cleared and restored': {
      does: async (id) => {
        const { bulk } = await clear({ confirm_token: tokenOf(await clear({ receipt_id: id })) });
        await bench.queue.restoreFailedJobs({ bulk_id: bulk?.bulk_id ?? '' }, asOwner);
      },
      fits: true,
    },
    'it passes its retention': {
      does: (id) => bench.db.query('update pantry_queue.jobs set expired_at = now() where subject = $1', [id]),
      fits: true,
    },
  };

  it('[Q6] acts on exactly the jobs of its preview, whatever happens to them before the confirmation', async () => {
    const event = fc.constantFrom(...Object.keys(HAPPENS));
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 6 }), fc.nat(2), async (events, late) => {
        await emptyLedger(bench.db);
        const receipts = await failed(bench.db, events.length);
        const live = await queued(bench.db, late);
        const confirm_token = tokenOf(await clear({}));
        // Below the newest job of the preview, and failed only after it.
        for (const receiptId of live) await failOne(bench.db, receiptId);
        for (const [nth, name] of events.entries()) await HAPPENS[name]?.does(receipts[nth] ?? 0);
        const before = await clearedReceipts();
        const { bulk } = await clear({ confirm_token });
        const fitting = receipts.filter((_, nth) => HAPPENS[events[nth] ?? '']?.fits);
        const newly = (await clearedReceipts()).filter((id) => !before.includes(id));
        expect(newly).toEqual(fitting);
        expect(bulk).toMatchObject({
          state: 'ended',
          total: receipts.length,
          done: fitting.length,
          skipped: receipts.length - fitting.length,
          failed: 0,
          remaining: 0,
        });
        await expectHealthy();
      }),
      { numRuns: 25 },
    );
  });

  it('[Q6] does not see what was being committed during its preview, however low its number', async () => {
    const [early = 0, other = 0] = await queued(bench.db, 2);
    await failOne(bench.db, other);
    let confirm_token = '';
    await bench.db.transaction(async (tx) => {
      await tx.execute('savepoint inner_one');
      await failOne({ ...bench.db, query: tx.query }, early);
      // Later transactions have committed already: their numbers are higher than that of this one.
      await failed(bench.db, 1, 3);
      const preview = await clear({});
      expect(preview.would_affect).toBe(2);
      confirm_token = tokenOf(preview);
    });
    const { cleared } = await clear({ confirm_token });
    expect(cleared).toBe(2);
    expect(await clearedReceipts()).not.toContain(early);
  });

  it('[Q6] takes the oldest where a bulk cannot hold all, and says how many there are', async () => {
    const receipts = await queued(bench.db, 10_002);
    await bench.db.query(
      `with ended as (
         update pantry_queue.jobs set status = 'failed', phase = null, ended_at = now(), error_code = 'agent_error'
         returning *)
       insert into pantry_queue.events (job_no, tenant_id, user_id, batch_id, kind, state)
       select job_no, tenant_id, user_id, batch_id, 'failed', 'failed' from ended`,
    );
    const preview = await clear({});
    expect(preview).toMatchObject({ would_affect: 10_000, matching: 10_002 });
    expect(await clear({ created_after: '2020-01-01T00:00:00Z' })).toMatchObject({
      would_affect: 10_000,
      matching: '10000+',
    });
    // One of the oldest drops out, and no younger one takes its place.
    await bench.queue.retryJob({ job_id: `ocr-${receipts[0]}` }, asOwner);
    await clear({ confirm_token: tokenOf(preview) });
    // What the confirming call has not done in its own time.
    while ((await doSlice(bench.db, { operations: ['clear_failed_jobs'] }))?.ended === false);
    const cleared = await clearedReceipts();
    expect([cleared.length, cleared[0], cleared.at(-1)]).toEqual([9_999, receipts[1], receipts[9_999]]);
  });

  it('[Q6] touches no job of another user or tenant', async () => {
    await failed(bench.db, 1);
    const [other = 0] = await failed(bench.db, 1, 2);
    expect(await clear({}, asUser(2))).toMatchObject({ would_affect: 1, sample: [`ocr-${other}`] });
    await expect(clear({ user_id: 1 }, asUser(2))).rejects.toMatchObject({ code: 'forbidden' });
    expect(await clear({}, as({ tenant: 'elsewhere' }))).toMatchObject({ would_affect: 0, sample: [] });
  });
});

describe('restore_failed_jobs', () => {
  async function cleared(count: number) {
    const receipts = await failed(bench.db, count);
    const { bulk } = await clear({ confirm_token: tokenOf(await clear({})) });
    return { receipts, bulk_id: bulk?.bulk_id ?? '' };
  }
  const restore = (bulk_id: string, who = asOwner) => bench.queue.restoreFailedJobs({ bulk_id }, who);

  it('[Q6] takes a clearing back: exactly its jobs, but those that were retried since', async () => {
    const before = await cleared(2);
    const { receipts, bulk_id } = await cleared(3);
    await bench.queue.retryJob({ job_id: `ocr-${receipts[1]}` }, asOwner);
    const told = await restore(bulk_id);
    expect(told).toMatchObject({
      restored: 2,
      bulk: { state: 'ended', total: 3, done: 2, skipped: 1, reasons: [{ code: 'retried', jobs: 1 }] },
    });
    expect(await clearedReceipts()).toEqual([...before.receipts, receipts[1]]);
    expect(await bench.queue.queueInfo({}, asOwner)).toMatchObject({ failed_jobs: 2 });
    await expectHealthy();
  });

  it('[Q6] takes back the latest clearing that cleared something, where none is named', async () => {
    const { receipts } = await cleared(2);
    // Somebody confirms once more, when nothing is left.
    expect(await clear({ confirm_token: tokenOf(await clear({})) })).toMatchObject({ cleared: 0 });
    expect(await bench.queue.restoreFailedJobs({}, asOwner)).toMatchObject({ restored: receipts.length });
    expect(await clearedReceipts()).toEqual([]);
  });

  it('[Q6] takes it back once: a second call answers with the first one’s bulk', async () => {
    const { bulk_id } = await cleared(2);
    const [first, second] = await Promise.all([restore(bulk_id), restore(bulk_id)]);
    expect(first?.bulk.bulk_id).toBe(second?.bulk.bulk_id);
    await clear({ confirm_token: tokenOf(await clear({})) });
    await restore(bulk_id);
    expect(await clearedReceipts()).toHaveLength(2);
  });

  it('[Q6] refuses what is no clearing, one of somebody else, and one of more than 24 hours ago', async () => {
    const { bulk_id } = await cleared(1);
    await expect(restore('bulk-1')).rejects.toMatchObject({ code: 'bulk_not_found' });
    for (const who of [asUser(2), as({ tenant: 'elsewhere' })]) {
      await expect(restore(bulk_id, who)).rejects.toMatchObject({ code: 'bulk_not_found' });
    }
    const { bulk } = await restore(bulk_id);
    await expect(restore(bulk.bulk_id)).rejects.toMatchObject({ code: 'not_restorable' });
    await bench.db.query(`update pantry_queue.bulks set created_at = created_at - interval '24 hours 1 second'`);
    await expect(restore(bulk_id)).rejects.toMatchObject({ code: 'restore_expired' });
  });
});
