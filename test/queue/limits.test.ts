import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { emptyLedger, failed } from '../support/failed-jobs.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
let clients: pg.Client[] = [];
beforeEach(() => emptyLedger(bench.db));
afterAll(() => Promise.all(clients.map((client) => client.end())));

/** Callers of another program, each with a connection of its own. */
async function sqlCallers(count: number): Promise<pg.Client[]> {
  const made = Array.from({ length: count }, () => new pg.Client({ connectionString: bench.url }));
  clients = [...clients, ...made];
  await Promise.all(made.map((client) => client.connect()));
  return made;
}

const setCap = (input: InputOf<'setCap'>) => bench.queue.setCap(input, asOwner);
const enqueue = (receiptId: number) => bench.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
const bySql = (client: pg.Client, receiptId: number) =>
  client.query('select * from pantry_queue.enqueue_ocr($1)', [receiptId]);

/** How each of many calls ended: by code, SQL callers too. */
async function ends(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const end of await Promise.allSettled(calls)) {
    const code = end.status === 'fulfilled' ? 'accepted' : (detailOf(end.reason) ?? String(end.reason));
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}
const detailOf = (error: unknown) => (isAppError(error) ? error.code : (error as { detail?: string }).detail);

async function jobs(): Promise<number> {
  const [row] = await bench.db.query<{ n: number }>('select count(*)::int as n from pantry_queue.jobs');
  return row?.n ?? 0;
}
async function usedInMinute(): Promise<number | undefined> {
  const [row] = await bench.db.query<{ n: number }>('select minute_used as n from pantry_queue.caps');
  return row?.n;
}
const minuteIsOver = () =>
  bench.db.query(`update pantry_queue.caps set minute_began = minute_began - interval '1 minute'`);

describe('[Q11] limits on what is accepted', () => {
  it('[Q11] fifty callers at once, of the service and of SQL, never exceed the limit on waiting jobs', async () => {
    await setCap({ user_id: 1, queued: 10 });
    const receipts = await addReceipts(bench.db, 50);
    const direct = await sqlCallers(10);
    const calls = receipts.map((id, nth) => {
      const client = direct[nth];
      return client ? bySql(client, id) : enqueue(id);
    });
    expect(await ends(calls)).toEqual({ accepted: 10, queue_full: 40 });
    expect(await jobs()).toBe(10);
  });

  it('[Q11] fifty callers at once never exceed the number of jobs a minute, and the next minute goes on', async () => {
    await setCap({ user_id: 1, per_minute: 7 });
    const receipts = await addReceipts(bench.db, 51);
    const direct = await sqlCallers(10);
    const calls = receipts.slice(0, 50).map((id, nth) => {
      const client = direct[nth];
      return client ? bySql(client, id) : enqueue(id);
    });
    expect(await ends(calls)).toEqual({ accepted: 7, rate_limited: 43 });
    await minuteIsOver();
    await enqueue(receipts[50] ?? 0);
    expect([await jobs(), await usedInMinute()]).toEqual([8, 1]);
  });

  it('[Q11] a transaction that reads an old snapshot fails where it would exceed a limit', async () => {
    await setCap({ user_id: 1, queued: 1 });
    const [first = 0, second = 0] = await addReceipts(bench.db, 2);
    const [client] = await sqlCallers(1);
    await client?.query('begin isolation level repeatable read; select 1 from pantry_queue.jobs');
    await enqueue(first);
    await expect(bySql(client as pg.Client, second)).rejects.toMatchObject({ code: '40001' });
    await client?.query('rollback');
  });

  it('[Q11] a job that is there already counts under no limit and is never refused', async () => {
    const [one = 0, other = 0] = await addReceipts(bench.db, 2);
    await setCap({ user_id: 1, queued: 1, per_minute: 1 });
    const direct = await sqlCallers(8);
    const calls = Array.from({ length: 50 }, (_, nth) => {
      const client = direct[nth];
      return client ? bySql(client, one) : enqueue(one);
    });
    expect(await ends(calls)).toEqual({ accepted: 50 });
    expect([await jobs(), await usedInMinute()]).toEqual([1, 1]);
    const again = await bench.queue.enqueueBatchOcr({ receipt_ids: [one] }, asOwner);
    expect(again).toMatchObject({ queued: 0, deduplicated: 1 });
    await expect(enqueue(other)).rejects.toMatchObject({ code: 'queue_full' });
  });

  it('[Q11] a call that waited for another of the same receipt takes no room', async () => {
    const [one = 0] = await addReceipts(bench.db, 1);
    await setCap({ user_id: 1, per_minute: 5 });
    const [first, second] = (await sqlCallers(2)) as [pg.Client, pg.Client];
    await first.query('begin');
    await bySql(first, one);
    const answer = bySql(second, one);
    await expect
      .poll(() =>
        bench.db.query(`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`),
      )
      .toHaveLength(1);
    await first.query('commit');
    expect((await answer).rows).toMatchObject([{ deduplicated: true }]);
    expect(await usedInMinute()).toBe(1);
  });

  it('[Q11] a batch that does not fit takes no room', async () => {
    const receipts = await addReceipts(bench.db, 3);
    await setCap({ user_id: 1, per_minute: 2 });
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids: receipts }, asOwner)).rejects.toMatchObject({
      code: 'rate_limited',
      hint: 'Send at most 2 in one call, and the rest later.',
    });
    expect([await jobs(), await usedInMinute()]).toEqual([0, 0]);
  });

  it('[Q11] a batch is accepted whole or not at all, and is told how many would fit', async () => {
    await setCap({ user_id: 1, queued: 5 });
    const receipts = await addReceipts(bench.db, 8);
    await bench.queue.enqueueBatchOcr({ receipt_ids: receipts.slice(0, 2) }, asOwner);
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids: receipts.slice(0, 7) }, asOwner)).rejects.toMatchObject({
      code: 'queue_full',
      message: 'User 1 may have 5 jobs waiting; 3 of these 5 new jobs fit now, so none was queued.',
      limit: { limit: 5, remaining: 3 },
    });
    expect(await jobs()).toBe(2);
    const [client] = await sqlCallers(1);
    const batch = (ids: number[]) => client?.query('select * from pantry_queue.enqueue_ocr_batch($1)', [ids]);
    await expect(batch(receipts)).rejects.toMatchObject({
      code: 'PQ429',
      detail: 'queue_full',
      message: 'At most 5 jobs of user 1 may wait; 3 more fit.',
    });
    expect(await jobs()).toBe(2);
    await batch(receipts.slice(0, 5));
    expect(await jobs()).toBe(5);
  });

  it('[Q11] of what is pending, as much is queued as fits, and the rest is named', async () => {
    const receipts = await addReceipts(bench.db, 4, 91);
    await setCap({ user_id: 91, queued: 3 });
    const answer = await bench.queue.enqueueBatchOcr({ pending: true, user_id: 91 }, asOwner);
    expect(answer).toMatchObject({ total: 3, queued: 3, skipped: [{ receipt_id: receipts[3], code: 'queue_full' }] });
    expect(await jobs()).toBe(3);
  });

  it('[Q11] a call that is refused for another reason takes no room', async () => {
    await setCap({ user_id: 1, per_minute: 3 });
    const [one = 0, two = 0] = await addReceipts(bench.db, 2);
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids: [one, two, 999_999_999] }, asOwner)).rejects.toMatchObject({
      code: 'receipt_not_found',
    });
    const [client] = await sqlCallers(1);
    await client?.query('begin');
    await bySql(client as pg.Client, one);
    await client?.query('rollback');
    expect(await usedInMinute()).toBe(0);
  });

  it('[Q11] a limit of one user holds up no other, and one of the tenant counts everybody', async () => {
    const mine = await addReceipts(bench.db, 3, 1);
    const others = await addReceipts(bench.db, 3, 2);
    await setCap({ user_id: 1, queued: 1 });
    expect(await ends([...mine, ...others].map(enqueue))).toEqual({ accepted: 4, queue_full: 2 });
    await emptyLedger(bench.db);
    await setCap({ queued: 4 });
    expect(await ends([...mine, ...others].map(enqueue))).toEqual({ accepted: 4, queue_full: 2 });
  });

  it('[Q11] room comes back when a job no longer waits', async () => {
    const [one = 0, two = 0] = await addReceipts(bench.db, 2);
    await setCap({ user_id: 1, queued: 1 });
    await enqueue(one);
    await expect(enqueue(two)).rejects.toMatchObject({ code: 'queue_full' });
    await bench.queue.cancelJob({ job_id: `ocr-${one}` }, asOwner);
    await enqueue(two);
  });

  it('[Q11] a limit of 0 accepts nothing, and says that an operator must raise it', async () => {
    const [one = 0] = await addReceipts(bench.db, 1);
    for (const closed of [{ queued: 0 }, { queued: null, per_minute: 0 }]) {
      await setCap(closed);
      await expect(enqueue(one)).rejects.toMatchObject({
        hint: 'Nothing is accepted until an operator raises the limit.',
        retryAfterS: 60,
      });
    }
    expect(await jobs()).toBe(0);
  });

  it('[Q11] a retry keeps to the limits, and says so', async () => {
    const [one = 0, two = 0] = await addReceipts(bench.db, 2);
    await enqueue(one);
    await bench.queue.cancelJob({ job_id: `ocr-${one}` }, asOwner);
    await setCap({ user_id: 1, queued: 1 });
    await enqueue(two);
    await expect(bench.queue.retryJob({ job_id: `ocr-${one}` }, asOwner)).rejects.toMatchObject({ code: 'queue_full' });
    expect(await jobs()).toBe(2);
  });

  it('[Q11] a redrive queues as much as fits under the limits, and names the rest with their code', async () => {
    await failed(bench.db, 5);
    const { confirm_token } = await bench.queue.redriveFailedJobs({}, asOwner);
    const { bulk } = await bench.queue.redriveFailedJobs({ confirm_token }, asOwner);
    await setCap({ user_id: 1, queued: 4, per_minute: 2 });
    await bench.dispatch.sweep();
    expect(await bench.queue.getBulk({ bulk_id: bulk?.bulk_id ?? '' }, asOwner)).toMatchObject({
      state: 'ended',
      done: 2,
      skipped: 3,
      reasons: [{ code: 'rate_limited', jobs: 3 }],
    });
    expect(await bench.queue.queueInfo({}, asOwner)).toMatchObject({ queued_jobs: 2, failed_jobs: 3 });
    expect(await usedInMinute()).toBe(2);
    const { findings } = await verifyLedger(bench.db, { ledgerId: 'any', workflowIdPrefix: '' });
    expect(findings).toEqual([]);
  });

  it('[Q11] a refusal tells when the minute ends, to SQL callers too', async () => {
    await setCap({ user_id: 1, per_minute: 1 });
    const [one = 0, two = 0] = await addReceipts(bench.db, 2);
    await enqueue(one);
    await bench.db.query(`update pantry_queue.caps set minute_began = clock_timestamp() - interval '20 seconds'`);
    const refusal = await enqueue(two).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'rate_limited', limit: { limit: 1, remaining: 0 } });
    expect((refusal as { retryAfterS: number }).retryAfterS).toBeGreaterThan(0);
    expect((refusal as { retryAfterS: number }).retryAfterS).toBeLessThanOrEqual(40);
    const [client] = await sqlCallers(1);
    await expect(bySql(client as pg.Client, two)).rejects.toMatchObject({
      code: 'PQ429',
      detail: 'rate_limited',
      message: 'At most 1 jobs of user 1 are accepted in a minute; 0 more fit.',
    });
  });

  it('[Q11] the wait of a full queue is what its live slots take for the jobs that do not fit', async () => {
    await bench.db.query('update pantry_queue.queue_state set agent_slots = 2, avg_run_ms = 3000');
    await setCap({ user_id: 1, queued: 1 });
    const receipts = await addReceipts(bench.db, 5);
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids: receipts }, asOwner)).rejects.toMatchObject({
      code: 'queue_full',
      retryAfterS: 6,
    });
  });
});
