import { beforeEach, describe, expect, it } from 'vitest';
import { NO_PRICES, type Prices } from '../../src/contract/cost.ts';
import { isAppError } from '../../src/contract/errors.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { callerOf } from '../../src/queue/caller.ts';
import { createEstimateBatchOcr } from '../../src/queue/estimate-batch-ocr.ts';
import { textOf } from '../../src/words/answers.ts';
import { addReceipts } from '../support/db.ts';
import { failOne } from '../support/failed-jobs.ts';
import { noBlobs, useGate } from '../support/gate.ts';
import { replyOf } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { createBillBench } from './support/bill-bench.ts';

const bench = useGate();
const { clearAll, usd, paid, paidAt, fold } = createBillBench(bench);
beforeEach(async () => {
  await clearAll();
  await bench.db.query('delete from public.receipts');
});

const estimate = (input: InputOf<'estimateBatchOcr'>) => bench.queue.estimateBatchOcr(input, asOwner);
const enqueue = (receipt_id: number) => bench.queue.enqueueOcr({ receipt_id }, asOwner);
const budget = (asked: Partial<InputOf<'setBudget'>>) =>
  bench.queue.setBudget({ amount: '1', currency: 'USD', period: 'day', ...asked }, asOwner);
const priced = (prices: Prices, input: InputOf<'estimateBatchOcr'>) =>
  createEstimateBatchOcr({ blobs: noBlobs, prices })(input, callerOf(bench.db, asOwner, undefined));

/** Every row that a caller could see of the queue. */
async function everything(): Promise<unknown[]> {
  const tables = [
    'jobs',
    'events',
    'batches',
    'arrivals',
    'counters',
    'caps',
    'budgets',
    'paid_calls',
    'receipt_state',
  ];
  return Promise.all(tables.map((table) => bench.db.query(`select t::text from pantry_queue.${table} t order by 1`)));
}

/** A job that failed, whose reply is paid and was not saved. */
async function failedWithReply(receiptId: number): Promise<void> {
  await enqueue(receiptId);
  await bench.db.query(`update pantry_queue.jobs set phase = 'worker' where subject = $1`, [receiptId]);
  await bench.db.query(
    `update pantry_queue.jobs set status = 'started', phase = 'agent', attempt = 1 where subject = $1`,
    [receiptId],
  );
  const run = { kind: 'ocr', subject: receiptId, generation: 1, runNo: 1 };
  await storeReply(bench.db, run, 1, { ...replyOf(receiptId), cost: usd('0.02') });
  await failOne(bench.db, receiptId, 1);
}

describe('estimate_batch_ocr', () => {
  it('[Q23] tells what the batch would make and cost before anything is accepted, and changes nothing', async () => {
    await paid(usd('0.01'));
    await fold();
    await paid(usd('0.02'));
    const [first = 0, second = 0, waits = 0, failed = 0, stored = 0] = await addReceipts(bench.db, 5);
    await enqueue(waits);
    await enqueue(failed);
    await failOne(bench.db, failed, 1);
    await failedWithReply(stored);
    const receipt_ids = [first, second, waits, failed, stored];
    const before = await everything();
    const told = await estimate({ receipt_ids });
    expect(told).toEqual({
      total: 5,
      queued: 4,
      deduplicated: 1,
      skipped: [],
      stored_replies: 1,
      agent_calls: 3,
      price: { per_call: '0.016666667', currency: 'USD', source: 'recent_calls', calls: 3 },
      cost: { amount: '0.050000001', currency: 'USD' },
      budgets: [],
    });
    expect(textOf('estimateBatchOcr', told)).toEqual([
      '4 new of 5, 1 already have a job; 1 have a stored reply and cost nothing.',
      '3 calls of the agent would cost 0.050000001 USD: 0.016666667 USD each, the average of the latest 3 calls.',
      'Nothing was queued.',
    ]);
    expect(await everything()).toEqual(before);
    const { total, queued, deduplicated } = told;
    expect(await bench.queue.enqueueBatchOcr({ receipt_ids }, asOwner)).toMatchObject({ total, queued, deduplicated });
  });

  it('[Q23] counts a finished receipt as new only where it is forced, and its old reply then saves nothing', async () => {
    const { subject } = await paid(usd('0.01'));
    await bench.db.query(`update pantry_queue.jobs set status = 'finished', phase = null where subject = $1`, [
      subject,
    ]);
    const asked = { receipt_ids: [subject] };
    expect(await estimate(asked)).toMatchObject({ queued: 0, deduplicated: 1, cost: { amount: '0' } });
    const forced = { queued: 1, stored_replies: 0, agent_calls: 1, cost: { amount: '0.01' } };
    expect(await estimate({ ...asked, force: true })).toMatchObject(forced);
  });

  it('[Q23] takes the configured price until a call of known cost was made, and says where nobody knows one', async () => {
    const asked = { receipt_ids: await addReceipts(bench.db, 3) };
    const prices = { ...NO_PRICES, currency: 'EUR', perCall: '0.0125' };
    const unknown = await priced(NO_PRICES, asked);
    expect(unknown).toMatchObject({ agent_calls: 3, price: null, cost: null, budgets: [] });
    expect(textOf('estimateBatchOcr', unknown)).toContain('3 calls of the agent; what they would cost is not known.');
    expect(unknown.notes).toEqual([expect.stringContaining('no price is configured (AGENT_PRICE)')]);
    expect(await priced(prices, asked)).toMatchObject({
      price: { per_call: '0.0125', currency: 'EUR', source: 'configured', calls: 0 },
      cost: { amount: '0.0375', currency: 'EUR' },
    });
    await paid({ ...usd('0'), amount: undefined });
    expect(await priced(prices, asked)).toMatchObject({ price: { source: 'configured' } });
    await paid(usd('0.02'));
    expect(await priced(prices, asked)).toMatchObject({
      price: { per_call: '0.02', currency: 'USD', source: 'recent_calls', calls: 1 },
      cost: { amount: '0.06', currency: 'USD' },
    });
  });

  it('[Q23] goes by the latest calls, of the currency that most of them cost', async () => {
    const minute = (nth: number) => new Date(Date.now() - nth * 60_000).toISOString();
    await paidAt(minute(60 * 24), usd('9'));
    await fold();
    await bench.db.query(`update pantry_queue.costs set calls = 500, amount = 4500 where step = 'quarter'`);
    for (const nth of [50, 51, 52]) await paidAt(minute(nth), usd('0.03'));
    await paidAt(minute(53), { ...usd('7'), currency: 'EUR' });
    await fold();
    await bench.db.query(
      `update pantry_queue.costs set calls = calls * 100, amount = amount * 100 where step = 'quarter' and amount < 10`,
    );
    const asked = { receipt_ids: await addReceipts(bench.db, 1) };
    const price = { per_call: '0.03', currency: 'USD' };
    expect(await estimate(asked)).toMatchObject({ price, cost: { amount: '0.03', currency: 'USD' } });
  });

  it('[Q23] tells by how much each budget would be exceeded, and that the jobs would wait', async () => {
    const mine = await addReceipts(bench.db, 30, 7);
    const theirs = await addReceipts(bench.db, 10, 8);
    await paid(usd('0.1'), 7);
    await budget({ user_id: 7, amount: '2' });
    await budget({ user_id: 7, amount: '50', period: 'month' });
    await budget({ user_id: 8, amount: '0.5' });
    await budget({ amount: '100', currency: 'EUR' });
    await budget({ amount: '3' });
    const told = await estimate({ receipt_ids: [...mine, ...theirs] });
    expect(told).toMatchObject({ agent_calls: 40, cost: { amount: '4', currency: 'USD' } });
    expect(told.budgets.map(({ user_id, period, left, exceeded_by }) => [user_id, period, left, exceeded_by])).toEqual([
      [7, 'day', '1.9', '1.1'],
      [null, 'day', '2.9', '1.1'],
      [8, 'day', '0.5', '0.5'],
      [7, 'month', '49.9', '0'],
    ]);
    expect(told.notes).toHaveLength(3);
    expect(told.notes?.[0]).toMatch(
      /^The budget of user 7 has 1\.9 USD left this day: these calls cost 1\.1 USD more, so jobs would wait until 20\S+ \S+, or until it is raised\.$/,
    );
    expect(textOf('estimateBatchOcr', told)).toContain('They fit into the budget of user 7 a month: 49.9 USD left.');
    const own = { principal: { ...asOwner.principal, user: 8, scopes: new Set(['jobs:read'] as const) } };
    const { budgets } = await bench.queue.estimateBatchOcr({ receipt_ids: theirs.slice(0, 3) }, own);
    expect(budgets.map(({ user_id, exceeded_by }) => [user_id, exceeded_by])).toEqual([
      [8, '0'],
      [null, '0'],
    ]);
  });

  it('[Q23] refuses exactly what the batch would refuse, in the same words', async () => {
    const [live = 0, imageless = 0, other = 0] = await addReceipts(bench.db, 3);
    await enqueue(live);
    await bench.db.query(`update public.receipts set image_path = '' where id = $1`, [imageless]);
    await bench.db.query(`update pantry_queue.receipt_state set tenant_id = 'acme' where receipt_id = $1`, [other]);
    const wrong: InputOf<'estimateBatchOcr'>[] = [
      {},
      { receipt_ids: [] },
      { receipt_ids: [live], pending: true },
      { receipt_ids: [live], image_paths: [] },
      { receipt_ids: [live, 2_147_483_647, imageless] },
      { receipt_ids: [other, live] },
      { receipt_ids: [live], force: true },
      { receipt_ids: [live], image_paths: ['minio://receipts/another.jpg'] },
      { receipt_ids: [live], image_paths: ['http://elsewhere/image.jpg'] },
    ];
    const before = await everything();
    for (const input of wrong) {
      const errors = await Promise.all(
        [bench.queue.estimateBatchOcr, bench.queue.enqueueBatchOcr].map((call) =>
          call(input, asOwner).then(
            () => 'it was not refused',
            (error) => (isAppError(error) ? [error.code, error.message, error.fields] : error),
          ),
        ),
      );
      expect([input, errors[0]]).toEqual([input, errors[1]]);
      expect(errors[0]).toEqual([expect.any(String), expect.any(String), expect.any(Array)]);
    }
    expect(await everything()).toEqual(before);
  });

  it('[Q23] of what is pending tells what would be skipped, and nothing where nothing is pending', async () => {
    expect(await estimate({ pending: true })).toMatchObject({ total: 0, agent_calls: 0, skipped: [] });
    const [, imageless = 0] = await addReceipts(bench.db, 3);
    await bench.db.query(`update public.receipts set image_path = '' where id = $1`, [imageless]);
    expect(await estimate({ pending: true })).toMatchObject({
      total: 2,
      queued: 2,
      skipped: [{ receipt_id: imageless, code: 'image_missing' }],
    });
    expect(await estimate({ pending: true, limit: 1 })).toMatchObject({ total: 1 });
  });

  it('[Q23] says where a limit would refuse the batch at this moment', async () => {
    await bench.queue.setCap({ user_id: 1, queued: 1 }, asOwner);
    const told = await estimate({ receipt_ids: await addReceipts(bench.db, 2) });
    expect(told).toMatchObject({ queued: 2 });
    expect(told.notes).toContainEqual(
      'At this moment it would be refused: User 1 may have 1 job waiting; 1 of these 2 new jobs fit now, so none was queued.',
    );
  });

  it('[Q23] sees receipts that another program has just inserted, and those whose id another one had', async () => {
    const [unknown = 0, overtaken = 0] = await addReceipts(bench.db, 2);
    await bench.db.query('delete from pantry_queue.receipt_state where receipt_id = $1', [unknown]);
    await enqueue(overtaken);
    await bench.db.query(`update public.receipts set image_path = 'minio://receipts/new.jpg' where id = $1`, [
      overtaken,
    ]);
    expect(await estimate({ receipt_ids: [unknown, overtaken] })).toMatchObject({ queued: 2, agent_calls: 2 });
    const [job] = await bench.db.query('select status from pantry_queue.jobs where subject = $1', [overtaken]);
    expect(job).toEqual({ status: 'queued' });
  });
});
