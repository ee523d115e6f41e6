import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRunningJobs } from '../../activities/running-jobs.ts';
import type { RunKey } from '../../src/contract/job.ts';
import { WORKER_BEAT } from '../../src/contract/policies.ts';
import { beginAttempt, loseAttempts } from '../../src/ledger/attempts.ts';
import { createNotifier, type Notifier } from '../../src/ledger/notify.ts';
import { beat, forgetDeadWorkers, leave, liveWorkers } from '../../src/ledger/processes/workers.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { createWorkerLife } from '../../src/worker-life.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, beatOf, clearJobs, useGate } from '../support/gate.ts';
import { handedOver, replyOf } from '../support/job-states.ts';
import { testLog } from '../support/log.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
let notifier: Notifier;
beforeEach(async () => {
  await clearJobs(bench.db);
  notifier = createNotifier(bench.db);
});
afterEach(async () => {
  vi.useRealTimers();
  await notifier.close();
});

/** A worker as its process keeps it, in this process. */
function worker(id: string) {
  const running = createRunningJobs();
  const life = createWorkerLife({ db: bench.db, notifier, log: testLog, worker: beatOf(id), running });
  return {
    id,
    name: id,
    running,
    life,
    /** The next beat of its timer, in the database. */
    async beats() {
      const seen = `select seen_at::text as at from pantry_queue.workers where worker_id = $1`;
      const before = await bench.db.query<{ at: string }>(seen, [id]);
      await vi.advanceTimersByTimeAsync(WORKER_BEAT.everyMs);
      await expect.poll(() => bench.db.query(seen, [id]), { interval: 10 }).not.toEqual(before);
    },
  };
}

async function begins(by: { id: string; name: string; running: ReturnType<typeof createRunningJobs> }, run: RunKey) {
  const start = await beginAttempt(bench.db, run, by);
  if (start.kind !== 'call') throw new Error(`expected a call, got ${JSON.stringify(start)}`);
  by.running.add(`ocr-${run.subject}`, () => {});
  return start.attempt;
}

/** Long enough ago that a list of running jobs must name it. */
const ageAttempts = () =>
  bench.db.query(`update pantry_queue.jobs set attempt_started_at = now() - interval '1 minute' where attempt > 0`);

async function jobOf(run: RunKey) {
  const [row] = await bench.db.query(
    `select pantry_queue.state_of(status, phase) as state, worker_id, attempt, attempts_lost, attempts_charged
     from pantry_queue.jobs where subject = $1 and generation = $2`,
    [run.subject, run.generation],
  );
  return row;
}
const fakeTimers = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });

describe('a worker whose row somebody has deleted while it lives', () => {
  it('[I1] writes it again with its next beat, and its job is lost no second time', async () => {
    const run = await handedOver(bench.db);
    fakeTimers();
    const w1 = worker('living');
    await w1.life.begin();
    await begins(w1, run);
    await ageAttempts();
    await bench.db.query(`delete from pantry_queue.workers where worker_id = 'living'`);
    expect(await loseAttempts(bench.db)).toHaveLength(1);

    await w1.beats();
    expect((await liveWorkers(bench.db, 'default', 0)).map(({ name }) => name)).toContain('living');
    // The same process takes the job again while its first call is still in flight.
    const attempt = await begins(w1, run);
    await w1.beats();
    await ageAttempts();
    expect(await loseAttempts(bench.db)).toEqual([]);
    await storeReply(bench.db, run, attempt, replyOf(run.subject));
    expect(await saveResult(bench.db, run, { defaultCurrency: 'VND' })).toEqual({ current: true });
    expect(await jobOf(run)).toMatchObject({ state: 'finished', attempt: 2, attempts_lost: 1, attempts_charged: 0 });
    await w1.life.end();
  });

  it('[I1] loses nothing when the beat comes before the sweep', async () => {
    const run = await handedOver(bench.db);
    fakeTimers();
    const w1 = worker('living');
    await w1.life.begin();
    await begins(w1, run);
    await ageAttempts();
    await bench.db.query(`delete from pantry_queue.workers where worker_id = 'living'`);
    await w1.beats();
    expect(await loseAttempts(bench.db)).toEqual([]);
    expect(await jobOf(run)).toMatchObject({ state: 'started/agent', worker_id: 'living', attempts_lost: 0 });
    await w1.life.end();
  });

  it('[I1] is there again after it was frozen for longer than rows are kept', async () => {
    fakeTimers();
    const w1 = worker('living');
    await w1.life.begin();
    await bench.db.query(`update pantry_queue.workers set seen_at = now() - interval '2 days'`);
    await forgetDeadWorkers(bench.db);
    expect(await bench.db.query('select worker_id from pantry_queue.workers')).toEqual([]);
    await w1.beats();
    expect((await liveWorkers(bench.db, 'default', 0)).map(({ name }) => name)).toEqual(['living']);
    await w1.life.end();
  });
});

it('[Q4] [W5] a job that waits hears of a worker that comes, stops and goes at once, and not with the next round', async () => {
  const [receipt_id = 0] = await addReceipts(bench.db, 1);
  const { job_id } = await bench.queue.enqueueOcr({ receipt_id }, asOwner);
  const waitsFor = async () => (await bench.queue.getJobStatus({ job_id }, asOwner)).waiting_for;
  await bench.dispatch.tick();
  expect(await waitsFor()).toMatch(/none is running/);
  const w1 = worker('coming');
  await w1.life.begin();
  expect(await waitsFor()).toBe('a free worker');
  w1.life.stopping();
  await expect.poll(waitsFor).toMatch(/none is running/);
  await w1.life.end();
  expect(await waitsFor()).toMatch(/none is running/);
});

describe('the late beat of a worker that was taken for dead', () => {
  const late = (run: RunKey) => beatOf('dead', { running: [`ocr-${run.subject}`] });
  async function diedReading(): Promise<RunKey> {
    const run = await handedOver(bench.db);
    await beatAs(bench.db, 'dead', 5);
    await beginAttempt(bench.db, run, { id: 'dead', name: 'dead' });
    await ageAttempts();
    await bench.db.query(
      `update pantry_queue.workers set seen_at = now() - interval '1 minute' where worker_id = 'dead'`,
    );
    expect(await loseAttempts(bench.db)).toHaveLength(1);
    return run;
  }

  it('[I3] does not take back an attempt that was handed back', async () => {
    const run = await diedReading();
    await beat(bench.db, late(run));
    expect(await jobOf(run)).toMatchObject({ state: 'queued/worker', worker_id: null });
    expect(await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' })).toMatchObject({ kind: 'call', attempt: 2 });
  });

  it('[I3] does not keep alive the attempt of another worker, however long it lists the job', async () => {
    const run = await diedReading();
    await beginAttempt(bench.db, run, { id: 'w1', name: 'w1' });
    await beatAs(bench.db, 'w1', 5, [`ocr-${run.subject}`]);
    await beat(bench.db, late(run));
    await ageAttempts();
    expect(await jobOf(run)).toMatchObject({ state: 'started/agent', worker_id: 'w1', attempt: 2 });
    expect(await loseAttempts(bench.db)).toEqual([]);
    await bench.db.query(
      `update pantry_queue.workers set seen_at = now() - interval '1 minute' where worker_id = 'w1'`,
    );
    await beat(bench.db, late(run));
    expect(await loseAttempts(bench.db)).toMatchObject([{ subject: run.subject, attempts_lost: 2 }]);
  });

  it('[I3] that stopped in order does not come back', async () => {
    fakeTimers();
    const w1 = worker('leaving');
    await w1.life.begin();
    // Its timer fires as it stops: the beat that is under way is waited for, and no other follows.
    vi.advanceTimersByTime(WORKER_BEAT.everyMs);
    await w1.life.end();
    await vi.advanceTimersByTimeAsync(WORKER_BEAT.everyMs * 3);
    await leave(bench.db, 'nobody');
    expect(await bench.db.query(`select worker_id from pantry_queue.workers where worker_id = 'leaving'`)).toEqual([]);
  });
});
