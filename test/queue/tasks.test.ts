import { beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/contract/principal.ts';
import { openQueue } from '../support/another-process.ts';
import { addReceipts } from '../support/db.ts';
import { as, asUser, emptyLedger, failOne } from '../support/failed-jobs.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { readingsOf } from '../support/readings.ts';

const RETENTION = { resultTtlS: 3_600, failureTtlS: 7_200 };
const bench = useGate(RETENTION);
const { read } = readingsOf(bench);

beforeEach(async () => {
  await emptyLedger(bench.db);
  await beatAs(bench.db, 'w1', 5);
});

const receipts = (count: number, userId = 1) => addReceipts(bench.db, count, userId);
const taskOf = (task_id: string, context: CallContext = asOwner) => bench.queue.getTask({ task_id }, context);

/** A job that waits, and its task. */
async function queuedTask(userId = 1, context: CallContext = asOwner) {
  const [receipt = 0] = await receipts(1, userId);
  const { job_id } = await bench.queue.enqueueOcr({ receipt_id: receipt, user_id: userId }, context);
  return { receipt, job_id, task: await bench.queue.createTask({ job_id }, context) };
}

async function batchTask(count: number) {
  const receipt_ids = await receipts(count);
  const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids }, asOwner);
  if (batch_id === null) throw new Error('no batch');
  return { receipt_ids, batch_id, task: await bench.queue.createTask({ batch_id }, asOwner) };
}

/** What a caller learns of a task that is none for it. */
const UNKNOWN = { code: 'task_not_found', message: 'There is no such task.' };

describe('a task of a job', () => {
  it('[M3] tells that the job works, and then that it has ended', async () => {
    const { receipt, job_id, task } = await queuedTask();
    expect(task).toMatchObject({
      status: 'working',
      says: expect.stringContaining(`${job_id}: queued`),
      job_id: `${job_id}.1`,
      batch_id: null,
      poll_after_ms: 2_000,
    });
    await read(receipt);
    const ended = await taskOf(task.task_id);
    expect(ended).toMatchObject({ status: 'completed', created_at: task.created_at, poll_after_ms: null });
    expect(Date.parse(ended.updated_at)).toBeGreaterThanOrEqual(Date.parse(task.created_at));
  });

  it('[M3] stays as it ended when its job runs again, whose task is another', async () => {
    const { receipt, job_id, task } = await queuedTask();
    await failOne(bench.db, receipt);
    expect(await taskOf(task.task_id)).toMatchObject({ status: 'completed', job_id: `${job_id}.1` });
    await bench.queue.retryJob({ job_id }, asOwner);
    const again = await bench.queue.createTask({ job_id }, asOwner);
    expect(again).toMatchObject({ status: 'working', job_id: `${job_id}.2` });
    const before = await taskOf(task.task_id);
    expect(before).toMatchObject({ status: 'completed', job_id: `${job_id}.1` });
    await bench.queue.cancelTask({ task_id: task.task_id }, asOwner);
    expect(await taskOf(again.task_id)).toMatchObject({ status: 'working' });
    await bench.queue.cancelTask({ task_id: again.task_id }, asOwner);
    expect(await taskOf(again.task_id)).toMatchObject({ status: 'canceled' });
    expect(await taskOf(task.task_id)).toEqual(before);
  });

  it('[M3] is canceled with its job, and a second cancel or one of a job that has ended changes nothing', async () => {
    const { task } = await queuedTask();
    const cancel = (task_id: string) => bench.queue.cancelTask({ task_id }, asOwner);
    const canceled = await cancel(task.task_id);
    expect(canceled).toMatchObject({ status: 'canceled', poll_after_ms: null });
    expect(await cancel(task.task_id)).toEqual(canceled);
    const failed = await queuedTask();
    await failOne(bench.db, failed.receipt);
    expect(await cancel(failed.task.task_id)).toMatchObject({ status: 'completed' });
  });

  it('[M3] is answered by every process, and by one that was opened after all others had closed', async () => {
    const first = await openQueue(bench.url, RETENTION);
    const [receipt_id = 0] = await receipts(1);
    const { job_id } = await first.queue.enqueueOcr({ receipt_id }, asOwner);
    const task = await first.queue.createTask({ job_id }, asOwner);
    // What lives is kept from now on, so only that differs.
    const same = { ...task, ttl_ms: expect.any(Number) };
    expect(await taskOf(task.task_id)).toEqual(same);
    await first.close();
    const second = await openQueue(bench.url, RETENTION);
    expect(await second.queue.getTask({ task_id: task.task_id }, asOwner)).toEqual(same);
    expect(await second.queue.cancelTask({ task_id: task.task_id }, asOwner)).toMatchObject({ status: 'canceled' });
    await second.close();
    expect(await taskOf(task.task_id)).toMatchObject({ status: 'canceled' });
  });

  it('[M3] answers as long as it has promised, and is unknown when its job is past its retention', async () => {
    const { receipt, task } = await queuedTask();
    const kept = (task_id: string) => taskOf(task_id).then(({ ttl_ms }) => ttl_ms ?? 0);
    expect(task.ttl_ms).toBeGreaterThanOrEqual(3_600_000);
    expect(task.ttl_ms).toBeLessThan(3_700_000);
    await failOne(bench.db, receipt);
    expect(await kept(task.task_id)).toBeGreaterThanOrEqual(7_200_000);
    await bench.db.query(`update pantry_queue.jobs set ended_at = now() - interval '3 hours'`);
    await bench.db.query(`update pantry_queue.events set xid = '3'`);
    expect(await kept(task.task_id)).toBe(0);
    await bench.dispatch.sweep();
    await expect(taskOf(task.task_id)).rejects.toMatchObject(UNKNOWN);
    const cancel = bench.queue.cancelTask({ task_id: task.task_id }, asOwner);
    await expect(cancel).rejects.toMatchObject(UNKNOWN);
  });

  it('[M3] is unknown where another job has the id of its own', async () => {
    const { task } = await queuedTask();
    // As after a restore of the ledger from before the job was made.
    await bench.db.query(`update pantry_queue.jobs set created_at = created_at + interval '1 second'`);
    await expect(taskOf(task.task_id)).rejects.toMatchObject(UNKNOWN);
  });
});

describe('a task of a batch', () => {
  it('[M3] tells how far it is, and stays as it ended when a member runs again', async () => {
    const { receipt_ids, batch_id, task } = await batchTask(3);
    expect(task).toMatchObject({ status: 'working', job_id: null, batch_id, ttl_ms: null });
    const [first = 0, second = 0, third = 0] = receipt_ids;
    await read(first);
    await failOne(bench.db, second);
    expect(await taskOf(task.task_id)).toMatchObject({
      status: 'working',
      says: `${batch_id}: 2 of 3 have ended, 1 failed`,
    });
    await bench.queue.cancelJob({ job_id: `ocr-${third}` }, asOwner);
    await bench.dispatch.sweep();
    expect(await taskOf(task.task_id)).toMatchObject({ status: 'completed', poll_after_ms: null });
    await bench.queue.retryJob({ job_id: `ocr-${second}` }, asOwner);
    expect(await taskOf(task.task_id)).toMatchObject({ status: 'completed', poll_after_ms: null });
  });

  it('[M3] is canceled with all that lives of it, and that again changes nothing', async () => {
    const { batch_id, task } = await batchTask(3);
    const cancel = () => bench.queue.cancelTask({ task_id: task.task_id }, asOwner);
    await cancel();
    await bench.dispatch.sweep();
    expect(await cancel()).toMatchObject({ status: 'canceled', says: `${batch_id}: 3 of 3 have ended` });
    const { progress } = await bench.queue.getBatch({ batch_id }, asOwner);
    expect(progress).toMatchObject({ canceled: 3 });
  });
});

describe('the id of a task', () => {
  it('[S1] is nobody’s but whom it was given to: others get the answer of an id that was made up', async () => {
    const { task } = await queuedTask();
    const mine = task.task_id;
    const changed = mine.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    const [form, payload, mac] = mine.split('.');
    const otherJob = Buffer.from(JSON.stringify({ job: 'ocr-1.1', made: 0, at: 0 })).toString('base64url');
    const strangers = [asUser(2), as({ user: 2 }), as({ tenant: 'tenant-b' })];
    const tries: readonly (readonly [id: string, context: CallContext])[] = [
      ...strangers.map((context) => [mine, context] as const),
      ...[
        changed,
        `${form}.${otherJob}.${mac}`,
        `t2.${payload}.${mac}`,
        `c1.${payload}.${mac}`,
        `${mine}.`,
        'ocr-1',
        ' ',
      ].map((id) => [id, asOwner] as const),
    ];
    for (const [task_id, context] of tries) {
      await expect(bench.queue.getTask({ task_id }, context), task_id).rejects.toMatchObject(UNKNOWN);
      await expect(bench.queue.cancelTask({ task_id }, context), task_id).rejects.toMatchObject(UNKNOWN);
    }
    expect(await taskOf(mine)).toMatchObject({ status: 'working' });
  });

  it('[S1] counts no more when its holder may no longer act for the owner of the job', async () => {
    const { task } = await queuedTask(5);
    expect(await taskOf(task.task_id)).toMatchObject({ status: 'working' });
    await expect(taskOf(task.task_id, asUser(1))).rejects.toMatchObject(UNKNOWN);
  });

  it('[M3] is given for one job or one batch of the caller', async () => {
    const create = (input: object, context: CallContext = asOwner) => bench.queue.createTask(input, context);
    const { job_id } = await queuedTask();
    for (const input of [{}, { job_id, batch_id: 'batch-1' }]) {
      await expect(create(input)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    await expect(create({ job_id }, asUser(2))).rejects.toMatchObject({ code: 'job_not_found' });
    await expect(create({ batch_id: 'batch-none' })).rejects.toMatchObject({ code: 'batch_not_found' });
  });

  it('[M3] fits into a header, and differs for each of two callers', async () => {
    const { job_id, task } = await queuedTask();
    expect(task.task_id).toMatch(/^t1\.[\w-]{20,300}\.[\w-]{22}$/);
    const other = await bench.queue.createTask({ job_id }, as({ user: 7 }));
    expect(other.task_id.split('.')[2]).not.toBe(task.task_id.split('.')[2]);
  });
});
