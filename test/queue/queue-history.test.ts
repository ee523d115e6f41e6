import { beforeAll, describe, expect, it } from 'vitest';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
const ask = (input: InputOf<'queueHistory'>) => bench.queue.queueHistory(input, asOwner);
const at = (day: number, time = '00:00:00') => `2026-11-${String(day).padStart(2, '0')}T${time}.000Z`;

/** Of one owner and the tenant. */
async function put(user: number, start: string, numbers: { accepted?: number; finished?: number; waits?: number[] }) {
  for (const step_s of [60, 900, 21_600]) {
    for (const user_id of [0, user]) {
      await bench.db.query(
        `insert into pantry_queue.history as h (tenant_id, user_id, step_s, at, accepted, finished, waits)
         values ('default', $1, $2::int, date_bin(make_interval(secs => $2::int), $3::timestamptz, 'epoch'), $4, $5, $6)
         on conflict (tenant_id, user_id, step_s, at) do update set accepted = h.accepted + excluded.accepted`,
        [user_id, step_s, start, numbers.accepted ?? 0, numbers.finished ?? 0, numbers.waits ?? []],
      );
    }
  }
}

describe('queue_history', () => {
  beforeAll(async () => {
    await put(1, at(10, '06:00:00'), { accepted: 3, finished: 2, waits: [1, 0, 2] });
    await put(1, at(10, '06:01:00'), { accepted: 4 });
    await put(2, at(10, '07:00:00'), { accepted: 5 });
  });

  it('gives every bucket of the time asked for in order, those in which nothing happened too', async () => {
    const { buckets, ...span } = await ask({ from: at(10, '05:59:30'), to: at(10, '06:02:30'), step: '1m' });
    expect(span).toMatchObject({ from: at(10, '05:59:00'), to: at(10, '06:03:00'), step_s: 60 });
    expect(buckets.map((bucket) => [bucket.at, bucket.accepted, bucket.finished, bucket.started])).toEqual([
      [at(10, '05:59:00'), 0, 0, 0],
      [at(10, '06:00:00'), 3, 2, 3],
      [at(10, '06:01:00'), 4, 0, 0],
      [at(10, '06:02:00'), 0, 0, 0],
    ]);
  });

  it('says below which wait half of the jobs and 95 of 100 stayed, and nothing where none started', async () => {
    const { buckets } = await ask({ from: at(10), to: at(11), step: '6h' });
    expect(buckets.map(({ wait_p50_s, wait_p95_s }) => [wait_p50_s, wait_p95_s])).toEqual([
      [null, null],
      [0.144, 0.144],
      [null, null],
      [null, null],
    ]);
  });

  it('counts one owner, or everybody in the tenant', async () => {
    const day = { from: at(10), to: at(11), step: '1d' } as const;
    const accepted = async (input: InputOf<'queueHistory'>) => (await ask(input)).buckets[0]?.accepted;
    expect([
      await accepted(day),
      await accepted({ ...day, user_id: 1 }),
      await accepted({ ...day, user_id: 2 }),
    ]).toEqual([12, 7, 5]);
    const alone = { principal: { tenant: 'default', user: 2, scopes: new Set(['jobs:read'] as const) } };
    expect((await bench.queue.queueHistory(day, alone)).buckets[0]?.accepted).toBe(5);
    await expect(bench.queue.queueHistory({ ...day, user_id: 1 }, alone)).rejects.toMatchObject({ code: 'forbidden' });
    const stranger = { principal: { ...asOwner.principal, tenant: 'another' } };
    expect((await bench.queue.queueHistory(day, stranger)).buckets[0]?.accepted).toBe(0);
  });

  it.each([
    ['an hour', { from: at(10), to: at(10, '01:00:00') }, 60],
    ['a day', {}, 900],
    ['a week', { from: at(10), to: at(17) }, 3_600],
    ['a year', { from: '2025-11-10T00:00:00Z', to: at(10) }, 86_400],
  ])('chooses the step that suits %s', async (_span, input, stepS) => {
    expect((await ask(input)).step_s).toBe(stepS);
  });

  it('[I11] gives at most 500 buckets, and names the step that would do', async () => {
    const span = { from: at(10), to: at(11) };
    await expect(ask({ ...span, step: '1m' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('use step 5m'),
      fields: [{ pointer: '/step' }],
    });
    await expect(ask({ from: '1990-01-01T00:00:00Z', to: at(11) })).rejects.toMatchObject({
      message: expect.stringContaining('a shorter time'),
    });
    await expect(ask({ from: at(11), to: at(10) })).rejects.toMatchObject({ fields: [{ pointer: '/from' }] });
    expect((await ask({ from: at(10), to: at(10, '08:20:00'), step: '1m' })).buckets).toHaveLength(500);
  });

  it('shows what was done a moment ago, once the round has come by', async () => {
    const [receipt_id = 0] = await addReceipts(bench.db, 1, 9);
    await bench.queue.enqueueOcr({ receipt_id }, asOwner);
    const accepted = async () => {
      await bench.dispatch.sweep();
      return (await ask({ user_id: 9 })).buckets.reduce((sum, bucket) => sum + bucket.accepted, 0);
    };
    // Transactions of other files keep it from being final for a while.
    await expect.poll(accepted, { timeout: 30_000 }).toBe(1);
    expect(await accepted()).toBe(1);
  });
});
