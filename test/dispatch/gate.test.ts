import { beforeEach, describe, expect, it } from 'vitest';
import { GATE } from '../../src/contract/policies.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
beforeEach(async () => {
  await clearJobs(bench.db);
  bench.engine.away = false;
  bench.engine.started.length = 0;
  bench.engine.canceled.length = 0;
  bench.engine.known.clear();
});

async function queueReceipts(count: number, userId: number, priority: 'high' | 'default' | 'low' = 'default') {
  const ids = await addReceipts(bench.db, count, userId);
  await bench.queue.enqueueBatchOcr({ receipt_ids: ids, priority }, asOwner);
  return ids;
}
/** Starts go out in parallel, so their order says nothing; which ones are let in does. */
const startedUsers = () => bench.engine.started.map((run) => run.userId).sort();
const sorted = (ids: readonly (number | undefined)[]) => [...ids].sort();

describe('admission', () => {
  it('lets in twice the live slots, and at least 4', async () => {
    await queueReceipts(40, 1);
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(GATE.minWindow);
    await beatAs(bench.db, 'w1', 5);
    await beatAs(bench.db, 'w2', 3);
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(16);
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(16);
  });

  it('takes owners in turn, so one owner’s flood does not hold up another', async () => {
    await queueReceipts(100, 1);
    await queueReceipts(2, 2);
    await queueReceipts(2, 3);
    await bench.dispatch.tick();
    expect(startedUsers()).toEqual([1, 1, 2, 3]);
  });

  it('goes on behind the owner whose turn it was last', async () => {
    for (const user of [1, 2, 3, 4, 5, 6]) await queueReceipts(3, user);
    await bench.dispatch.tick();
    // The fifth has the place that is kept for who has none.
    expect(startedUsers()).toEqual([1, 2, 3, 4, 5]);
    await beatAs(bench.db, 'w', 4);
    await bench.dispatch.tick();
    expect(startedUsers()).toEqual([1, 1, 2, 2, 3, 4, 5, 6]);
  });

  it('takes high before default before low inside an owner, and the oldest first', async () => {
    const low = await queueReceipts(2, 1, 'low');
    const plain = await queueReceipts(2, 1);
    const high = await queueReceipts(1, 1, 'high');
    await bench.dispatch.tick();
    expect(sorted(bench.engine.started.map((run) => run.subject))).toEqual(
      sorted([high[0], plain[0], plain[1], low[0]]),
    );
    expect(bench.engine.started.find((run) => run.subject === high[0])?.priority).toBe('high');
  });

  it('two gates at once start nothing twice', async () => {
    await queueReceipts(30, 1);
    await beatAs(bench.db, 'w', 10);
    await Promise.all(Array.from({ length: 8 }, () => bench.dispatch.tick()));
    await bench.dispatch.tick();
    const ids = bench.engine.started.map((run) => run.workflowId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(20);
  });

  it('holds everything while the queue is paused, and goes on when it is resumed', async () => {
    await queueReceipts(2, 1);
    const paused = await bench.queue.pauseQueue({ reason: 'stocktaking' }, asOwner);
    expect(paused).toMatchObject({ changed: true, paused: { by: 'user 1', reason: 'stocktaking' } });
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(0);
    const info = await bench.queue.queueInfo({}, asOwner);
    expect(info.paused).toMatchObject({ reason: 'stocktaking' });
    expect(await bench.queue.pauseQueue({}, asOwner)).toMatchObject({ changed: false });
    await bench.queue.resumeQueue({}, asOwner);
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(2);
  });
});

describe('an engine that is away', () => {
  it('keeps what waits in the ledger, and says since when', async () => {
    bench.engine.away = true;
    await queueReceipts(1, 2);
    await bench.dispatch.tick();
    const [id] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
    expect(job).toMatchObject({ status: 'queued', phase: 'admission' });
    const info = await bench.queue.queueInfo({}, asOwner);
    expect(info.parts).toMatchObject({ engine: 'down', engine_since: expect.any(String) });
    bench.engine.away = false;
    await bench.dispatch.tick();
    expect(startedUsers()).toEqual([1]);
    await bench.db.query(`update pantry_queue.jobs set start_claimed_at = now() - interval '6 seconds'`);
    await bench.dispatch.tick();
    expect(startedUsers()).toEqual([1, 2]);
    expect((await bench.queue.queueInfo({}, asOwner)).parts.engine).toBe('ok');
  });
});

describe('what a gate that died left behind', () => {
  it('is started by another one, and only after a while', async () => {
    const [id] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    bench.engine.started.length = 0;
    bench.engine.known.clear();
    await bench.db.query('update pantry_queue.jobs set handed_over_at = null where subject = $1', [id]);
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(0);
    await bench.db.query(`update pantry_queue.jobs set start_claimed_at = now() - interval '6 seconds'`);
    await bench.dispatch.tick();
    expect(bench.engine.started.map((run) => [run.subject, run.runNo])).toEqual([[id, 1]]);
  });

  it('is only marked when the engine had confirmed it to nobody but has it', async () => {
    const [id] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    await bench.db.query(
      `update pantry_queue.jobs set handed_over_at = null, start_claimed_at = now() - interval '6 seconds' where subject = $1`,
      [id],
    );
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(1);
    const [row] = await bench.db.query('select handed_over_at, run_no from pantry_queue.jobs where subject = $1', [id]);
    expect(row).toMatchObject({ run_no: 1, handed_over_at: expect.any(Date) });
  });
});

describe('cancel', () => {
  it('ends a waiting job at once, and nothing of it starts', async () => {
    const [id] = await queueReceipts(1, 1);
    const answer = await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
    expect(answer).toMatchObject({ status: 'canceled', already_canceled: false });
    await bench.dispatch.tick();
    expect(bench.engine.started).toHaveLength(0);
    expect(await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({ already_canceled: true });
  });

  it('of an admitted job is told to the engine, also when the engine is away at first', async () => {
    const [id] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    bench.engine.away = true;
    await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
    await bench.dispatch.tick();
    bench.engine.away = false;
    await bench.db.query('update pantry_queue.commands set next_try_at = now()');
    await bench.dispatch.tick();
    expect(bench.engine.canceled).toEqual([`ocr-${id}`]);
  });
});

describe('the sweep', () => {
  it('fails what has waited too long, also with no worker and no engine', async () => {
    const [id] = await queueReceipts(1, 1);
    bench.engine.away = true;
    await bench.db.query(`update pantry_queue.jobs set give_up_at = now() - interval '1 second'`);
    await bench.dispatch.sweep();
    const job = await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'gave_up', retryable: true } });
    expect(job.exc_info).toContain('gave_up');
  });

  it('starts again under a new run what the engine does not know', async () => {
    const [id] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    bench.engine.known.clear();
    await bench.db.query('update pantry_queue.jobs set engine_checked_at = null');
    await bench.dispatch.sweep();
    expect(bench.engine.started.map((run) => [run.subject, run.runNo])).toEqual([
      [id, 1],
      [id, 2],
    ]);
  });

  it('[I4] finds what was done in Temporal as soon as a job is due for a comparison, which is within 90 s', async () => {
    const [id] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    bench.engine.known.clear();
    const comparedBefore = (ms: number) =>
      bench.db.query(`update pantry_queue.jobs set engine_checked_at = now() - make_interval(secs => $1)`, [
        ms / 1_000,
      ]);
    await comparedBefore(GATE.engineCheckMs - 5_000);
    await bench.dispatch.sweep();
    expect(bench.engine.started.map((run) => run.runNo)).toEqual([1]);
    await comparedBefore(GATE.engineCheckMs);
    await bench.dispatch.sweep();
    expect(bench.engine.started.map((run) => [run.subject, run.runNo])).toEqual([
      [id, 1],
      [id, 2],
    ]);
    // The next sweep finds it due; a round of comparisons may be under way, whose last one is not answered.
    const roundMs = GATE.sweepEveryMs + GATE.engineChecksMs + GATE.engineDeadlineMs;
    expect(GATE.engineCheckMs + 2 * roundMs).toBeLessThanOrEqual(90_000);
  });

  it('[I4] has what comes through our doors in Temporal with the next tick, which is within 5 s', async () => {
    const [id = 0] = await queueReceipts(1, 1);
    await bench.dispatch.tick();
    expect(bench.engine.started.map((run) => run.subject)).toEqual([id]);
    await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
    expect(bench.engine.canceled).toEqual([]);
    await bench.dispatch.tick();
    expect(bench.engine.canceled).toHaveLength(1);
    expect(GATE.tickMs).toBeLessThanOrEqual(5_000);
  });
});

describe('queue_info', () => {
  it('counts exactly what the table holds, no matter who changed it', async () => {
    await queueReceipts(5, 1);
    await queueReceipts(3, 2);
    await beatAs(bench.db, 'w', 1);
    await bench.dispatch.tick();
    await bench.db.query(
      `update pantry_queue.jobs set status = 'failed', phase = null, ended_at = now(), error_code = 'agent_error'
       where phase = 'worker' and user_id = 2`,
    );
    const info = await bench.queue.queueInfo({}, asOwner);
    const rows = await bench.db.query<{ status: string; n: number }>(
      'select status, count(*) as n from pantry_queue.jobs group by 1',
    );
    expect({ queued: info.queued_jobs, failed: info.failed_jobs }).toEqual(
      Object.fromEntries(rows.map((row) => [row.status, row.n])),
    );
    expect(info.by_error).toEqual([{ code: 'agent_error', failed: 2 }]);
    expect(info.by_owner.map((entry) => entry.user_id)).toContain(1);
    expect(info.oldest_queued_s).toBeGreaterThanOrEqual(0);
    expect(info.workers).toMatchObject([{ name: 'w', slots: 1 }]);
    const mine = await bench.queue.queueInfo({ user_id: 2 }, asOwner);
    expect(mine).toMatchObject({ queued_jobs: 1, failed_jobs: 2 });
  });
});
