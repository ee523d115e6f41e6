import type { ServerContext } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQueueTasks } from '../../mcp/queue-tasks.ts';
import { openQueue } from '../support/another-process.ts';
import { addReceipts } from '../support/db.ts';
import { asUser, emptyLedger, failOne } from '../support/failed-jobs.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { readingsOf } from '../support/readings.ts';
import { CLIENTS, connect } from './support/clients.ts';
import { askModern, type ModernAnswer, TASKS } from './support/modern-wire.ts';
import { createTestLogger, type McpPlace, PRINCIPAL, serveQueue } from './support/servers.ts';

const bench = useGate();
const { read } = readingsOf(bench);

let place: McpPlace;
beforeEach(async () => {
  await emptyLedger(bench.db);
  await beatAs(bench.db, 'w1', 5);
  place = serveQueue(bench.queue);
});
afterEach(() => place.close());

const receipts = (count: number) => addReceipts(bench.db, count);
const withTasks = (method: string, params: Record<string, unknown>, at: McpPlace = place) =>
  askModern(at, method, params, { capabilities: TASKS });
const call = (name: string, args: Record<string, unknown>, at?: McpPlace) =>
  withTasks('tools/call', { name, arguments: args }, at);
const get = (taskId: unknown, at?: McpPlace) => withTasks('tasks/get', { taskId }, at);
const cancel = (taskId: unknown, at?: McpPlace) => withTasks('tasks/cancel', { taskId }, at);

/** A receipt that waits for its turn, and the task of its call. */
async function queued() {
  const [receipt = 0] = await receipts(1);
  const { result } = await call('enqueue_ocr', { receipt_id: receipt });
  return { receipt, job_id: `ocr-${receipt}`, task: result, taskId: String(result.taskId) };
}

/** What the tool answers about an exact generation, or a batch. */
async function toolAnswer(args: Record<string, unknown>) {
  const { result } = await askModern(place, 'tools/call', { name: 'get_job_status', arguments: args });
  return result;
}

const isTask = {
  resultType: 'task',
  taskId: expect.stringMatching(/^t1\./),
  status: 'working',
  createdAt: expect.any(String),
  lastUpdatedAt: expect.any(String),
  ttlMs: null,
  pollIntervalMs: expect.any(Number),
};

describe('a call that starts work', () => {
  it('[M3] answers a task where that request declares tasks, of a receipt, of many and of a batch', async () => {
    const [one, ...many] = await receipts(4);
    expect((await call('enqueue_ocr', { receipt_id: one })).result).toMatchObject(isTask);
    expect((await call('enqueue_ocr', { receipt_ids: many })).result).toMatchObject(isTask);
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids: many, force: false }, asOwner);
    const { result } = await call('get_job_status', { batch_id });
    expect(result).toMatchObject({ ...isTask, statusMessage: `${batch_id}: 0 of 3 have ended` });
  });

  it('[M3] answers as ever where that request declares none, whatever others declared before', async () => {
    const { receipt } = await queued();
    const without = [{}, { extensions: {} }, { extensions: { 'com.example/other': {} } }, { tasks: {} }];
    for (const capabilities of without) {
      const params = { name: 'enqueue_ocr', arguments: { receipt_id: receipt }, task: { ttl: 60_000 } };
      const { result } = await askModern(place, 'tools/call', params, { capabilities });
      expect(result).toMatchObject({ resultType: 'complete', structuredContent: { job_id: `ocr-${receipt}` } });
      expect(result).not.toHaveProperty('taskId');
    }
  });

  it('[M3] answers as ever where nothing goes on: it was refused, it has ended, or it only looks at one job', async () => {
    const { receipt, job_id } = await queued();
    const notTasks = [
      await call('enqueue_ocr', { receipt_id: 999_999 }),
      await call('get_job_status', { job_id }),
      await call('queue_info', {}),
    ];
    await read(receipt);
    notTasks.push(await call('enqueue_ocr', { receipt_id: receipt }));
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids: [receipt] }, asOwner);
    await bench.dispatch.sweep();
    notTasks.push(await call('get_job_status', { batch_id }));
    for (const { result } of notTasks) {
      expect(result).toMatchObject({ resultType: 'complete', structuredContent: { summary: expect.any(String) } });
    }
  });

  it('[M3] answers as ever where it tells of receipts that were not taken, and a task would not', async () => {
    const receipt_ids = await receipts(2);
    await bench.db.query(`update public.receipts set image_path = '' where id = $1`, [receipt_ids[0]]);
    const { result } = await call('enqueue_ocr', { pending: true });
    expect(result).toMatchObject({ resultType: 'complete', structuredContent: { skipped: expect.any(Array) } });
    await bench.db.query('delete from public.receipts where id = $1', [receipt_ids[0]]);
  });

  it('[M3] answers the task of its job where a batch has only one, so that its result is what was read', async () => {
    const [receipt = 0] = await receipts(1);
    const { taskId } = (await call('enqueue_ocr', { receipt_ids: [receipt] })).result;
    await read(receipt);
    expect((await get(taskId)).result).toMatchObject({
      status: 'completed',
      result: { structuredContent: { job_id: `ocr-${receipt}`, status: 'finished' } },
    });
  });

  it('[M3] answers as ever where its task cannot be made, since its work was accepted', async () => {
    const [receipt_id = 0] = await receipts(1);
    const createTask = () => Promise.reject(new Error('the ledger has just gone'));
    const at = serveQueue({ ...bench.queue, createTask });
    const { result } = await call('enqueue_ocr', { receipt_id }, at);
    expect(result).toMatchObject({ resultType: 'complete', structuredContent: { status: 'queued' } });
    expect(at.log.map(({ event }) => event)).toContain('mcp.task_not_made');
    await at.close();
  });
});

describe('tasks/get', () => {
  it('[M3] finds a task at once, and inlines what the tool answers when it has ended', async () => {
    const { receipt, job_id, task, taskId } = await queued();
    const now = await get(taskId);
    expect(now.result).toMatchObject({ resultType: 'complete', taskId, status: 'working', createdAt: task.createdAt });
    expect(now.result).not.toHaveProperty('result');
    await read(receipt, { merchant_name: 'Corner Shop' });
    const ended = await get(taskId);
    const { _meta, ...answer } = await toolAnswer({ job_id: `${job_id}.1` });
    expect(ended.result).toMatchObject({
      resultType: 'complete',
      status: 'completed',
      statusMessage: `${job_id}: finished`,
      result: { ...answer, isError: false },
    });
    expect(answer).toMatchObject({
      structuredContent: { from_receipt_untrusted: { merchant_name: 'Corner Shop' } },
    });
  });

  it('[M3] gives the failure of a job as a result that hosts mark, with the next call', async () => {
    const { receipt, job_id, taskId } = await queued();
    await failOne(bench.db, receipt);
    const { result } = await get(taskId);
    expect(result).toMatchObject({
      status: 'completed',
      result: {
        resultType: 'complete',
        isError: true,
        structuredContent: { status: 'failed', next: { tool: 'retry_job', arguments: { job_id } } },
      },
    });
    await bench.queue.retryJob({ job_id }, asOwner);
    expect((await get(taskId)).result).toMatchObject({ status: 'completed', result: { isError: true } });
  });

  it('[M3] gives the counts of a batch', async () => {
    const receipt_ids = await receipts(2);
    const { taskId, ...task } = (await call('enqueue_ocr', { receipt_ids })).result;
    await read(receipt_ids[0] ?? 0);
    await failOne(bench.db, receipt_ids[1] ?? 0);
    await bench.dispatch.sweep();
    const batch_id = String(task.statusMessage).split(':')[0];
    const { _meta, ...answer } = await toolAnswer({ batch_id });
    const { result } = (await get(taskId)).result;
    expect(result).toEqual({ ...answer, isError: false });
    expect(answer).toMatchObject({ structuredContent: { progress: { finished: 1, failed: 1 } } });
  });

  it('[M3] answers from any instance, and from one that was started after all had ended', async () => {
    const [first, second] = [await openQueue(bench.url), await openQueue(bench.url)];
    const [one, two] = [serveQueue(first.queue), serveQueue(second.queue)];
    const [receipt_id = 0] = await receipts(1);
    const { taskId } = (await call('enqueue_ocr', { receipt_id }, one)).result;
    for (const at of [two, one, two]) expect((await get(taskId, at)).result).toMatchObject({ status: 'working' });
    for (const each of [one, two, first, second]) await each.close();
    const third = await openQueue(bench.url);
    const again = serveQueue(third.queue);
    expect((await get(taskId, again)).result).toMatchObject({ taskId, status: 'working' });
    await read(receipt_id);
    expect((await get(taskId, again)).result).toMatchObject({ status: 'completed' });
    await again.close();
    await third.close();
  });
});

describe('tasks/cancel and tasks/update', () => {
  it('[M3] cancel the job, and are acknowledged again and for what has ended', async () => {
    const { taskId } = await queued();
    const acknowledged = (answer: ModernAnswer) => {
      const { _meta, ...rest } = answer.result;
      expect(rest).toEqual({ resultType: 'complete' });
    };
    acknowledged(await withTasks('tasks/update', { taskId, inputResponses: { unknown: { action: 'accept' } } }));
    acknowledged(await cancel(taskId));
    const { result } = await get(taskId);
    expect(result).toMatchObject({ status: 'cancelled' });
    expect(result).not.toHaveProperty('result');
    acknowledged(await cancel(taskId));
    acknowledged(await withTasks('tasks/update', { taskId }));
    const failed = await queued();
    await failOne(bench.db, failed.receipt);
    acknowledged(await cancel(failed.taskId));
    expect((await get(failed.taskId)).result).toMatchObject({ status: 'completed' });
  });

  it('[S1] answer a stranger’s task like one that was made up, and so does tasks/get', async () => {
    const { taskId } = await queued();
    const strangers = serveQueue(bench.queue, asUser(2).principal);
    for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
      const answers = [
        await withTasks(method, { taskId }, strangers),
        await withTasks(method, { taskId: 't1.e30.AAAAAAAAAAAAAAAAAAAAAA' }),
        await withTasks(method, { taskId: 'x'.repeat(2_000) }),
      ];
      const [foreign, forged, huge] = answers.map(({ error }) => error);
      expect(foreign).toEqual({
        code: -32602,
        message: expect.stringContaining('There is no such task.'),
        data: { code: 'task_not_found', retryable: false },
      });
      expect(forged).toEqual(foreign);
      expect(huge).toMatchObject({ code: -32602 });
    }
    await strangers.close();
    expect((await get(taskId)).result).toMatchObject({ status: 'working' });
  });

  it('[S4] cancel only with the scope that cancels a job', async () => {
    const { taskId } = await queued();
    const reader = serveQueue(bench.queue, { ...PRINCIPAL, scopes: new Set(['jobs:read'] as const) });
    expect((await get(taskId, reader)).result).toMatchObject({ status: 'working' });
    expect((await cancel(taskId, reader)).error).toMatchObject({ data: { code: 'forbidden' } });
    await reader.close();
    expect((await get(taskId)).result).toMatchObject({ status: 'working' });
  });
});

it('[M3] tasks/cancel changes nothing through a server that is for reading', async () => {
  const { taskId } = await queued();
  const port = createQueueTasks({
    queue: bench.queue,
    principal: PRINCIPAL,
    logger: createTestLogger(),
    readOnly: true,
  });
  const { signal } = new AbortController();
  const context = { mcpReq: { method: 'tasks/cancel', signal } } as unknown as ServerContext;
  await expect(port.cancel(taskId, context)).rejects.toMatchObject({ data: { code: 'forbidden' } });
  expect(await port.get(taskId, context)).toMatchObject({ status: 'working' });
});

describe('the extension', () => {
  it('[M3] is asked for by name, with HTTP 400, of a request that does not declare it', async () => {
    const { taskId } = await queued();
    for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
      const { status, error } = await askModern(place, method, { taskId });
      expect(status).toBe(400);
      expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: TASKS } });
    }
    expect((await get(taskId)).result).toMatchObject({ status: 'working' });
  });

  it('[M3] wants the id in the header too', async () => {
    const { taskId } = await queued();
    for (const headers of [{ 'mcp-name': 't1.e30.x' }, { 'mcp-name': '' }]) {
      const { status, error } = await askModern(place, 'tasks/get', { taskId }, { capabilities: TASKS, headers });
      expect({ status, code: error.code }).toEqual({ status: 400, code: -32020 });
    }
  });

  it('[M3] is declared to clients of 2026-07-28 only, with none of the methods of older tasks', async () => {
    const { result } = await askModern(place, 'server/discover');
    expect(result).toMatchObject({ capabilities: TASKS });
    for (const method of ['tasks/list', 'tasks/result']) {
      expect((await withTasks(method, { taskId: 't1.e30.x' })).error.code).toBe(-32601);
    }
    for (const kind of ['v1', 'v2-legacy'] as const) {
      const client = await connect(kind, place);
      await expect(client.ask('tasks/get', { taskId: 't1.e30.x' })).rejects.toMatchObject({ code: -32601 });
      await client.close();
    }
  });

  it.each(CLIENTS)('[M3] changes nothing for the client %s, which does not declare it', async (kind) => {
    const client = await connect(kind, place);
    const [receipt_id = 0] = await receipts(1);
    const { structured } = await client.call('enqueue_ocr', { receipt_id });
    expect(structured).toMatchObject({ job_id: `ocr-${receipt_id}`, status: 'queued' });
    await client.close();
  });
});
