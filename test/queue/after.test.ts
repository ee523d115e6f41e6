import { beforeEach, describe, expect, it } from 'vitest';
import { generationIdOf, type OnParentFailure, ocrOf } from '../../src/contract/job.ts';
import { GIVE_UP_AFTER_S } from '../../src/contract/policies.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import { admit } from '../../src/ledger/admission.ts';
import { beginAttempt } from '../../src/ledger/attempts.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { settleDependencies, walkDependencies } from '../../src/ledger/enqueue/dependencies.ts';
import { markHandedOver } from '../../src/ledger/gate.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { replyOf, seen, worker } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { firstRunOf } from '../support/run.ts';
import { emptyQueue, expectVerified, jobEvents } from './support/empty-queue.ts';

const bench = useGate();
beforeEach(() => emptyQueue(bench.db));

const status = (id: number, generation = '') => bench.queue.getJobStatus({ job_id: `ocr-${id}${generation}` }, asOwner);
const enqueue = (receipt_id: number, start: object = {}, as: CallContext = asOwner) =>
  bench.queue.enqueueOcr({ receipt_id, ...start }, as);
const cancel = (id: number) => bench.queue.cancelJob({ job_id: `ocr-${id}` }, asOwner);
const round = () => bench.dispatch.sweep();
const clean = () => expectVerified(bench.db);
const failIt = (id: number) => {
  const end = { status: 'failed', code: 'image_unreadable', message: 'It is no picture.' } as const;
  return endJob(bench.db, { ...ocrOf(id), generation: 1, runNo: undefined }, end);
};
/** Reads a job that waits for its turn, as gate and worker do. */
async function finish(id: number): Promise<void> {
  const run = firstRunOf(id, await readLedgerId(bench.db));
  await beatAs(bench.db, worker.id, 500);
  await admit(bench.db, 10_000);
  await markHandedOver(bench.db, run, seen);
  await beginAttempt(bench.db, run, worker);
  await storeReply(bench.db, run, 1, replyOf(id));
  await saveResult(bench.db, run, { defaultCurrency: 'EUR' });
  expect(await status(id)).toMatchObject({ status: 'finished' });
}
const eventsOf = async (id: number) => (await jobEvents(bench.db, id)).map(({ kind, data }) => [kind, data]);
const waits = async () => (await bench.db.query('select from pantry_queue.dependencies')).length;
/** A parent that lives, and a job that waits for it. */
async function pair(on_parent_failure?: OnParentFailure): Promise<[parent: number, child: number]> {
  const [parent = 0, child = 0] = await addReceipts(bench.db, 2);
  await enqueue(parent);
  await enqueue(child, { after: [`ocr-${parent}`], ...(on_parent_failure ? { on_parent_failure } : {}) });
  return [parent, child];
}
const WAITS = { status: 'deferred', phase: 'dependency', position: null };
const RELEASED = { status: 'queued', phase: 'admission' };

describe('[Q12] a job that runs after others', () => {
  it('[Q12] waits for all of them, names those that it still waits for, and then for its turn', async () => {
    const [first = 0, second = 0, child = 0] = await addReceipts(bench.db, 3);
    for (const id of [first, second]) await enqueue(id);
    const job = await enqueue(child, { after: [`ocr-${first}`, `ocr-${second}`] });
    expect(job).toMatchObject({ ...WAITS, waiting_for: `ocr-${first}, ocr-${second} to end`, deduplicated: false });
    expect((await bench.queue.explainJob({ job_id: `ocr-${child}` }, asOwner)).lines[0]).toContain(
      `ocr-${second} to end`,
    );

    await finish(first);
    await round();
    expect(await status(child)).toMatchObject({ ...WAITS, waiting_for: `ocr-${second} to end` });
    await finish(second);
    await round();
    expect(await status(child)).toMatchObject(RELEASED);
    expect(await eventsOf(child)).toEqual([
      ['enqueued', { priority: 3 }],
      ['released', { by: 'parents' }],
    ]);
    expect(await waits()).toBe(0);
    await clean();
  });

  it.each([
    ['failed', (id: number) => failIt(id)],
    ['canceled', (id: number) => cancel(id)],
    [
      'failed',
      async (id: number) => {
        await bench.db.query('delete from public.receipts where id = $1', [id]);
        await round();
      },
    ],
    ['lost', (id: number) => bench.db.query('delete from pantry_queue.jobs where subject = $1', [id])],
  ] as const)('[Q12] fails, is canceled or runs, as was asked for, when a parent ends %s', async (how, end) => {
    const ends = { fail: 'failed', cancel: 'canceled', run: 'queued' } as const;
    for (const [option, ended] of Object.entries(ends) as [OnParentFailure, string][]) {
      const [parent, child] = await pair(option);
      await end(parent);
      await round();
      const { status: is, error } = await status(child);
      expect([option, is, error?.code]).toEqual([option, ended, option === 'fail' ? 'dependency_failed' : undefined]);
      const noted = (await eventsOf(child)).filter(([kind]) => kind === 'parent_unfinished');
      const named = how === 'lost' ? 'a job' : `ocr-${parent}`;
      expect(noted).toEqual(
        option === 'run' ? [] : [['parent_unfinished', { parent: named, status: how, outcome: option }]],
      );
    }
    expect(await waits()).toBe(0);
    if (how !== 'lost') await clean();
  });

  it('[Q12] fails by default, and its own children after it, level by level', async () => {
    const [parent, child] = await pair();
    const [grandchild = 0] = await addReceipts(bench.db, 1);
    await enqueue(grandchild, { after: [`ocr-${child}`] });
    await failIt(parent);
    await round();
    await round();
    expect(await status(grandchild)).toMatchObject({ status: 'failed', error: { code: 'dependency_failed' } });
    expect((await status(grandchild)).exc_info).toContain(`ocr-${child}, which is failed`);
  });

  it('[Q12] follows the generation that was the latest when it was named, and an exact one where that is named', async () => {
    const [parent = 0, latest = 0, exact = 0] = await addReceipts(bench.db, 3);
    await enqueue(parent);
    await cancel(parent);
    const retried = await bench.queue.retryJob({ job_id: `ocr-${parent}` }, asOwner);
    expect(retried.generation).toBe(2);
    await enqueue(latest, { after: [`ocr-${parent}`] });
    await expect(enqueue(exact, { after: [`ocr-${parent}.1`] })).rejects.toMatchObject({ code: 'dependency_failed' });

    await cancel(parent);
    // Retried before any round has seen its end: the generation that was named has ended all the same.
    await bench.queue.retryJob({ job_id: `ocr-${parent}` }, asOwner);
    await round();
    expect(await status(latest)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining(generationIdOf({ ...ocrOf(parent), generation: 2 })) },
    });
  });

  it('[Q12] is decided at once by parents that have ended already', async () => {
    const [done = 0, gone = 0, child = 0, other = 0] = await addReceipts(bench.db, 4);
    await enqueue(done);
    await finish(done);
    await enqueue(gone);
    await cancel(gone);
    expect(await enqueue(child, { after: [`ocr-${done}`] })).toMatchObject({
      ...RELEASED,
      notes: ['All jobs in after have ended already, so it starts at once.'],
    });
    for (const on_parent_failure of ['fail', 'cancel'] as const) {
      await expect(enqueue(other, { after: [`ocr-${done}`, `ocr-${gone}`], on_parent_failure })).rejects.toMatchObject({
        code: 'dependency_failed',
        fields: [{ pointer: '/after/1' }],
      });
    }
    await expect(status(other)).rejects.toMatchObject({ code: 'job_not_found' });
    expect(await enqueue(other, { after: [`ocr-${gone}`], on_parent_failure: 'run' })).toMatchObject(RELEASED);
  });

  it('[Q12] answers for unknown, impossible and foreign parents alike, and queues nothing', async () => {
    const [child = 0] = await addReceipts(bench.db, 1);
    const [foreign = 0] = await addReceipts(bench.db, 1, 2);
    await enqueue(foreign);
    const me: CallContext = {
      principal: { tenant: 'default', user: 1, scopes: new Set(['jobs:read', 'jobs:write']) },
    };
    for (const id of [
      `ocr-${foreign}`,
      'ocr-999999',
      'note-1',
      `ocr-${foreign}.7`,
      'nonsense',
      'ocr-9999999999999999',
    ]) {
      const refused = enqueue(child, { after: [id] }, me);
      await expect(refused).rejects.toMatchObject({
        code: 'job_not_found',
        message: expect.stringMatching(/^There is no job /),
        fields: [{ pointer: '/after/0' }],
      });
    }
    for (const after of [[], Array.from({ length: 101 }, () => `ocr-${foreign}`)]) {
      await expect(enqueue(child, { after }, me)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(status(child)).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('[Q12] refuses a circle, of one job, of two and of many', async () => {
    const ids = await addReceipts(bench.db, 4);
    const [first = 0, second = 0, third = 0, own = 0] = ids;
    await enqueue(own);
    await cancel(own);
    const circle = { code: 'dependency_circle', fields: [{ pointer: '/after/0' }] };
    await expect(enqueue(own, { after: [`ocr-${own}`] })).rejects.toMatchObject(circle);
    await enqueue(first);
    await enqueue(second, { after: [`ocr-${first}`] });
    await enqueue(third, { after: [`ocr-${second}`] });
    await expect(enqueue(first, { after: [`ocr-${second}`] })).rejects.toMatchObject(circle);
    await expect(enqueue(first, { after: [`ocr-${third}`] })).rejects.toMatchObject(circle);
    await expect(
      bench.queue.enqueueBatchOcr({ receipt_ids: [own, first], after: [`ocr-${third}`] }, asOwner),
    ).rejects.toMatchObject(circle);
  });

  it('[Q12] never makes a circle, whatever two callers ask for at the same moment', async () => {
    for (let tries = 0; tries < 10; tries++) {
      const [left = 0, right = 0] = await addReceipts(bench.db, 2);
      for (const id of [left, right]) await enqueue(id);
      await Promise.all([cancel(left), cancel(right)]);
      await Promise.allSettled([
        enqueue(left, { after: [`ocr-${right}`], on_parent_failure: 'run' }),
        enqueue(right, { after: [`ocr-${left}`], on_parent_failure: 'run' }),
      ]);
      const rows = await bench.db.query<{ job_no: number; parent_no: number }>(
        'select job_no, parent_no from pantry_queue.dependencies',
      );
      for (const { job_no, parent_no } of rows) expect(parent_no).toBeLessThan(job_no);
    }
  });

  it('[Q12] is released although its parent ended while it was being accepted', async () => {
    const [parent = 0, child = 0] = await addReceipts(bench.db, 2);
    await enqueue(parent);
    await bench.db.transaction(async (tx) => {
      await tx.query(`select pantry_queue.enqueue_ocr($1, after => array[$2], on_parent_failure => 'run')`, [
        child,
        `ocr-${parent}`,
      ]);
      await cancel(parent);
    });
    await round();
    expect(await status(child)).toMatchObject(RELEASED);
  });

  it('[Q12] is released by one of two rounds that see different parents end', async () => {
    const [first = 0, second = 0, child = 0] = await addReceipts(bench.db, 3);
    for (const id of [first, second]) await enqueue(id);
    await enqueue(child, { after: [`ocr-${first}`, `ocr-${second}`], on_parent_failure: 'run' });
    await Promise.all([cancel(first), cancel(second)]);
    const rounds = await Promise.all([1, 2, 3].map(() => settleDependencies(bench.db)));
    expect(rounds.reduce((sum, { released }) => sum + released, 0)).toBe(1);
    expect(await status(child)).toMatchObject(RELEASED);
  });

  it('[Q12] waits for its own time too, and gives up no sooner than its parents', async () => {
    const [parent = 0, child = 0] = await addReceipts(bench.db, 2);
    await enqueue(parent, { delay_seconds: 3_600 });
    const run_at = new Date(Date.now() + 7_200_000).toISOString();
    const job = await enqueue(child, { after: [`ocr-${parent}`], run_at, on_parent_failure: 'run' });
    expect(job.waiting_for).toBe(`ocr-${parent} to end, then for its time at ${run_at}`);
    const { give_up_at } = await status(parent);
    expect(Date.parse(job.give_up_at)).toBe(Date.parse(give_up_at) + GIVE_UP_AFTER_S * 1_000);
    await cancel(parent);
    await round();
    expect(await status(child)).toMatchObject({ status: 'scheduled', run_at, waiting_for: `its time at ${run_at}` });
    await clean();
  });

  it('[Q12] keeps no wait of a job that is canceled, whose receipt is deleted, or whose row is gone', async () => {
    const [, canceled] = await pair();
    const [, deleted] = await pair();
    const [, removed] = await pair();
    expect(await waits()).toBe(3);
    await cancel(canceled);
    await bench.queue.deleteReceipt({ receipt_id: deleted }, asOwner);
    await bench.db.query('delete from pantry_queue.jobs where subject = $1', [removed]);
    await walkDependencies(bench.db, { jobNo: 0, parentNo: 0 });
    expect(await waits()).toBe(0);
  });

  it('[Q2] [Q12] is one job however often it is asked for, and says in what it differs', async () => {
    const [parent, child] = await pair();
    const [other = 0] = await addReceipts(bench.db, 1);
    await enqueue(other);
    const same = await enqueue(child, { after: [`ocr-${parent}`] });
    expect(same.deduplicated).toBe(true);
    expect(same).not.toHaveProperty('differs');
    expect(await enqueue(child)).toMatchObject({ deduplicated: true, differs: ['after'] });
    expect(await enqueue(child, { after: [`ocr-${other}`] })).toMatchObject({ deduplicated: true, differs: ['after'] });
  });

  it('[Q12] holds for every job of a batch, by SQL too, and the parts of the batch add up', async () => {
    const [parent = 0, ...children] = await addReceipts(bench.db, 4);
    await enqueue(parent);
    const receipt_ids = children.slice(0, 2);
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids, after: [`ocr-${parent}`] }, asOwner);
    const [viaSql] = await bench.db.query<{ job_id: string }>(
      'select job_id from pantry_queue.enqueue_ocr_batch($1, after => $2)',
      [children.slice(2), [`ocr-${parent}`]],
    );
    expect(viaSql).toEqual({ job_id: `ocr-${children[2]}` });
    for (const id of children) expect(await status(id)).toMatchObject(WAITS);
    const batch = await bench.queue.getBatch({ batch_id: batch_id ?? '' }, asOwner);
    expect(batch.progress).toMatchObject({ deferred: 2 });
    await clean();
    await finish(parent);
    await round();
    for (const id of children) expect(await status(id)).toMatchObject(RELEASED);
    await clean();
  });
});
