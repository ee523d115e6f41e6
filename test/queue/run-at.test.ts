import { beforeEach, describe, expect, it } from 'vitest';
import { GIVE_UP_AFTER_S, LATER } from '../../src/contract/policies.ts';
import { releaseScheduled } from '../../src/ledger/enqueue/later.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { emptyQueue, expectVerified, jobEvents } from './support/empty-queue.ts';

const bench = useGate();
beforeEach(() => emptyQueue(bench.db));

const inS = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const receipt = async () => (await addReceipts(bench.db, 1))[0] ?? 0;
const status = (id: number) => bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner);
const counts = async () => {
  const { scheduled_jobs, count, deferred_jobs } = await bench.queue.queueInfo({}, asOwner);
  return { scheduled_jobs, count, deferred_jobs };
};
/** The time of a job's start has come. */
const itsTimeComes = (id: number) =>
  bench.db.query(`update pantry_queue.jobs set run_at = now() - interval '1 second' where subject = $1`, [id]);
const clean = () => expectVerified(bench.db);
const eventsOf = async (id: number) =>
  (await jobEvents(bench.db, id)).map(({ kind, state, data }) => [kind, state, data]);

describe('[Q12] a job that starts at a time', () => {
  it('[Q12] is scheduled, tells when it starts, and waits for its turn only from then on', async () => {
    const id = await receipt();
    const run_at = inS(3_600);
    const job = await bench.queue.enqueueOcr({ receipt_id: id, run_at }, asOwner);
    expect(job).toMatchObject({ status: 'scheduled', phase: null, run_at, position: null, deduplicated: false });
    expect(job.waiting_for).toBe(`its time at ${run_at}`);
    expect(Date.parse(job.give_up_at)).toBe(Date.parse(run_at) + GIVE_UP_AFTER_S * 1_000);
    expect(await counts()).toMatchObject({ scheduled_jobs: 1 });

    await beatAs(bench.db, 'w1', 1);
    await bench.dispatch.sweep();
    await bench.dispatch.tick();
    expect(await status(id)).toMatchObject({ status: 'scheduled' });

    await itsTimeComes(id);
    await bench.dispatch.sweep();
    expect(await status(id)).toMatchObject({ status: 'queued', phase: 'admission', position: 0 });
    expect(await eventsOf(id)).toEqual([
      ['enqueued', 'scheduled', { priority: 3 }],
      ['released', 'queued/admission', { by: 'time' }],
    ]);
    await clean();
    await bench.dispatch.tick();
    expect(await status(id)).toMatchObject({ status: 'queued', phase: 'worker' });
  });

  it('[Q12] waits for its delay, counted from its acceptance by the clock of the database', async () => {
    const id = await receipt();
    const job = await bench.queue.enqueueOcr({ receipt_id: id, delay_seconds: 600 }, asOwner);
    expect(job.status).toBe('scheduled');
    expect(Math.round((Date.parse(job.run_at ?? '') - Date.parse(job.created_at)) / 1_000)).toBe(600);
  });

  it('[Q12] starts at once where its time has passed or its delay is 0, and says so', async () => {
    const [past = 0, none = 0] = await addReceipts(bench.db, 2);
    const passed = await bench.queue.enqueueOcr({ receipt_id: past, run_at: '2020-02-29T02:00:00+01:00' }, asOwner);
    expect(passed).toMatchObject({ status: 'queued', run_at: null, notes: [expect.stringMatching(/has passed/)] });
    const undelayed = await bench.queue.enqueueOcr({ receipt_id: none, delay_seconds: 0 }, asOwner);
    expect(undelayed).toMatchObject({ status: 'queued', run_at: null });
  });

  it.each([
    ['a time without its zone', { run_at: '2026-12-01T02:00:00' }, '/run_at'],
    ['a zone that does not exist', { run_at: '2026-12-01T02:00:00+25:00' }, '/run_at'],
    ['the name of a zone', { run_at: '2026-12-01T02:00:00 Europe/Berlin' }, '/run_at'],
    ['a day that does not exist', { run_at: '2027-02-30T02:00:00Z' }, '/run_at'],
    ['a second that does not exist', { run_at: '2027-02-01T02:00:61Z' }, '/run_at'],
    ['a time further ahead than a year', { run_at: inS(LATER.runAtS + 60) }, '/run_at'],
    ['a delay of a million seconds', { delay_seconds: 1_000_000 }, '/delay_seconds'],
    ['a negative delay', { delay_seconds: -1 }, '/delay_seconds'],
    ['a time and a delay', { run_at: inS(60), delay_seconds: 60 }, '/delay_seconds'],
    ['a word about parents without any', { on_parent_failure: 'run' as const }, '/on_parent_failure'],
  ])('[Q12] refuses %s with the field and the rule, and queues nothing', async (_what, start, pointer) => {
    const id = await receipt();
    const refused = { code: 'invalid_argument', fields: [{ pointer }] };
    await expect(bench.queue.enqueueOcr({ receipt_id: id, ...start }, asOwner)).rejects.toMatchObject(refused);
    await expect(bench.queue.enqueueBatchOcr({ receipt_ids: [id], ...start }, asOwner)).rejects.toMatchObject(refused);
    await expect(status(id)).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('[Q2] [Q12] is one job however often it is asked for, and says in what it differs', async () => {
    const id = await receipt();
    const run_at = inS(3_600);
    const ask = async (start: object) => {
      const { deduplicated, differs = [] } = await bench.queue.enqueueOcr({ receipt_id: id, ...start }, asOwner);
      return [deduplicated, differs];
    };
    expect(await ask({ run_at })).toEqual([false, []]);
    expect(await ask({ run_at })).toEqual([true, []]);
    expect(await ask({ run_at: inS(7_200) })).toEqual([true, ['run_at']]);
    expect(await ask({ delay_seconds: 5 })).toEqual([true, ['delay_seconds']]);
    expect(await ask({})).toEqual([true, ['run_at']]);

    const delayed = await receipt();
    const again = () => bench.queue.enqueueOcr({ receipt_id: delayed, delay_seconds: 90 }, asOwner);
    expect(await again()).toMatchObject({ deduplicated: false });
    expect(await again()).not.toHaveProperty('differs');
  });

  it('[Q12] keeps the priority that it is given while it waits, is found, and is canceled at once', async () => {
    const id = await receipt();
    await bench.queue.enqueueOcr({ receipt_id: id, delay_seconds: 3_600 }, asOwner);
    expect(await bench.queue.setPriority({ job_id: `ocr-${id}`, priority: 'high' }, asOwner)).toMatchObject({
      changed: true,
      priority: 'high',
      status: 'scheduled',
    });
    const { jobs } = await bench.queue.findJobs({ status: ['scheduled'] }, asOwner);
    expect(jobs.map(({ job_id }) => job_id)).toEqual([`ocr-${id}`]);
    expect(await bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({ status: 'canceled' });
    await itsTimeComes(id);
    await bench.dispatch.sweep();
    expect(await status(id)).toMatchObject({ status: 'canceled' });
    await clean();
  });

  it('[Q12] holds for every job of a batch, whose parts add up', async () => {
    const receipt_ids = await addReceipts(bench.db, 3);
    const [first = 0] = receipt_ids;
    const run_at = inS(3_600);
    await bench.queue.enqueueOcr({ receipt_id: first }, asOwner);
    await bench.queue.cancelJob({ job_id: `ocr-${first}` }, asOwner);
    const { batch_id, queued } = await bench.queue.enqueueBatchOcr({ receipt_ids, run_at }, asOwner);
    expect(queued).toBe(3);
    expect(await status(first)).toMatchObject({ generation: 2, status: 'scheduled', run_at, batch_id });
    expect(await bench.queue.getBatch({ batch_id: batch_id ?? '' }, asOwner)).toMatchObject({
      total: 3,
      progress: { waiting: 3 },
    });
    await clean();
    await bench.db.query('update pantry_queue.jobs set run_at = now() where live');
    await bench.dispatch.sweep();
    expect(await counts()).toMatchObject({ scheduled_jobs: 0 });
    await clean();
  });

  it('[Q12] is released by one of two gates, and by SQL too', async () => {
    const ids = await addReceipts(bench.db, 20);
    for (const id of ids) {
      await bench.db.query(`select pantry_queue.enqueue_ocr($1, run_at => clock_timestamp() + interval '1 hour')`, [
        id,
      ]);
    }
    expect(await counts()).toMatchObject({ scheduled_jobs: 20 });
    await bench.db.query('update pantry_queue.jobs set run_at = now() where live');
    const released = await Promise.all([1, 2, 3].map(() => releaseScheduled(bench.db)));
    expect(released.reduce((sum, n) => sum + n)).toBe(20);
    const [events] = await bench.db.query(
      `select count(*)::int as n from pantry_queue.events e join pantry_queue.jobs j using (job_no) where e.kind = 'released'`,
    );
    expect(events).toEqual({ n: 20 });
    await expect(
      bench.db.query(`select pantry_queue.enqueue_ocr($1, run_at => 'infinity')`, [await receipt()]),
    ).rejects.toMatchObject({ cause: { message: expect.stringContaining('run_at must lie at most 366 days ahead') } });
  });
});
