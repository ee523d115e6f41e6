import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addReceipts } from '../support/db.ts';
import { callJson } from './support/call-json.ts';
import { useHttpQueue } from './support/http-queue.ts';

const http = useHttpQueue();

const call = (method: 'GET' | 'POST', address: string) => callJson(http.current, method, address);

/** What a worker would do, without one: the job's row goes through the states that the table allows. */
async function end(receiptId: number, status: 'finished' | 'failed'): Promise<void> {
  const { db } = http.current;
  const steps = [
    ['queued', 'worker'],
    ['started', 'agent'],
    ...(status === 'finished' ? [['started', 'saving']] : []),
    [status, null],
  ];
  for (const [next, phase] of steps) {
    await db.query(
      `update pantry_queue.jobs set status = $2, phase = $3, started_at = now(),
         ended_at = case when $3::text is null then now() end, error_code = case when $2 = 'failed' then 'agent_rejected' end
       where subject = $1 and live`,
      [receiptId, next, phase],
    );
  }
}

describe('POST /receipts/{id}/ocr', () => {
  it('queues the receipt once, however often it is asked', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    const first = await call('POST', `/receipts/${id}/ocr`);
    expect(first).toMatchObject({
      status: 200,
      body: {
        receipt_id: id,
        status: 'processing',
        job_id: `ocr-${id}`,
        deduplicated: false,
        message: expect.any(String),
      },
    });
    const second = await call('POST', `/receipts/${id}/ocr`);
    expect(second.body).toMatchObject({ job_id: `ocr-${id}`, deduplicated: true, generation: 1 });
  });
});

describe('POST /receipts/{id}/ocr/retry', () => {
  it('queues a receipt that was never queued', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    expect((await call('POST', `/receipts/${id}/ocr/retry`)).body).toMatchObject({
      deduplicated: false,
      generation: 1,
    });
  });

  it('leaves a live job as it is', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    await call('POST', `/receipts/${id}/ocr`);
    expect((await call('POST', `/receipts/${id}/ocr/retry`)).body).toMatchObject({ deduplicated: true, generation: 1 });
  });

  it.each(['failed', 'finished'] as const)('makes a new generation of a job that has %s', async (status) => {
    const [id = 0] = await addReceipts(http.current.db, 1);
    await call('POST', `/receipts/${id}/ocr`);
    await end(id, status);
    expect((await call('POST', `/receipts/${id}/ocr/retry`)).body).toMatchObject({
      deduplicated: false,
      generation: 2,
      status: 'processing',
      job_id: `ocr-${id}`,
    });
  });
});

describe('GET /receipts/{id}/ocr/status', () => {
  it('answers with the receipt’s words and its job, also before there is one', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    expect((await call('GET', `/receipts/${id}/ocr/status`)).body).toMatchObject({
      receipt_id: id,
      ocr_status: 'pending',
      job_id: null,
      status: null,
      extraction_confidence: null,
    });
    await call('POST', `/receipts/${id}/ocr`);
    expect((await call('GET', `/receipts/${id}/ocr/status`)).body).toMatchObject({
      job_id: `ocr-${id}`,
      status: 'queued',
    });
  });
});

describe('[H2] the documented shapes of the replaced system', () => {
  const count = z.int().min(0);
  const queue = z.object({
    name: z.literal('test'),
    count,
    started_jobs: count,
    finished_jobs: count,
    failed_jobs: count,
    scheduled_jobs: count,
    deferred_jobs: count,
  });
  const job = z.object({
    job_id: z.string(),
    status: z.enum(['queued', 'started', 'finished', 'failed', 'scheduled', 'deferred', 'canceled']),
    created_at: z.iso.datetime(),
    started_at: z.iso.datetime().nullable(),
    ended_at: z.iso.datetime().nullable(),
    result: z.unknown(),
    exc_info: z.string().nullable(),
  });
  const queued = z.object({ receipt_id: z.int(), status: z.string(), message: z.string(), job_id: z.string() });
  const status = z.object({
    receipt_id: z.int(),
    ocr_status: z.enum(['pending', 'processing', 'completed', 'failed']),
  });
  const all = z.object({ queued: count, job_ids: z.array(z.string()), batch_id: z.string().nullable() });

  const shapes: readonly ['GET' | 'POST', string, z.ZodObject][] = [
    ['GET', '/receipts/ocr/queue-status', queue],
    ['GET', '/receipts/ocr/queue-status?receipt_id={id}', job.extend({ receipt_id: z.int() })],
    ['GET', '/receipts/ocr/job/ocr-{id}', job],
    ['POST', '/receipts/{id}/ocr', queued],
    ['POST', '/receipts/{id}/ocr/retry', queued],
    ['GET', '/receipts/{id}/ocr/status', status],
    ['POST', '/receipts/ocr/process-all?user_id=50', all],
    ['POST', '/receipts/ocr/process-all?user_id=51', all],
  ];

  it.each(shapes)(
    '%s %s answers flat, with every documented word, whatever became of the job',
    async (method, address, shape) => {
      for (const ended of [undefined, 'failed', 'finished'] as const) {
        const [id = 0] = await addReceipts(http.current.db, 1, 50);
        await call('POST', `/receipts/${id}/ocr`);
        if (ended) await end(id, ended);
        const answer = await call(method, address.replace('{id}', String(id)));
        expect(answer.status).toBe(200);
        expect(shape.safeParse(answer.body).error?.issues ?? []).toEqual([]);
        expect(Object.keys(answer.body)).toEqual(expect.arrayContaining(Object.keys(shape.shape)));
      }
    },
  );

  it('queue-status counts what the ledger counts', async () => {
    const { body: flat } = await call('GET', '/receipts/ocr/queue-status');
    const { body } = await call('GET', '/queue');
    expect({ ...flat, as_of: 0, oldest_queued_s: 0 }).toEqual({ ...body, as_of: 0, oldest_queued_s: 0 });
  });
});

describe('GET /receipts/ocr/queue-status', () => {
  it('answers in JSON whatever its caller accepts, and a HEAD without a body', async () => {
    const address = '/receipts/ocr/queue-status';
    for (const headers of [{ accept: 'text/html' }, { accept: 'image/png' }, { 'if-none-match': '"x"' }]) {
      const response = await http.current.fetch(address, { headers });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
      expect(await response.json()).toMatchObject({ name: 'test', count: expect.any(Number) });
    }
    const head = await http.current.fetch(address, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('gives the job of one receipt, and says when there is none', async () => {
    const [id, other] = await addReceipts(http.current.db, 2);
    await call('POST', `/receipts/${id}/ocr`);
    const want = {
      job_id: `ocr-${id}`,
      status: 'queued',
      started_at: null,
      ended_at: null,
      result: null,
      exc_info: null,
    };
    expect((await call('GET', `/receipts/ocr/queue-status?receipt_id=${id}`)).body).toMatchObject({
      receipt_id: id,
      ...want,
    });
    expect((await call('GET', `/receipts/ocr/job/ocr-${id}`)).body).toMatchObject(want);
    expect(await call('GET', `/receipts/ocr/queue-status?receipt_id=${other}`)).toMatchObject({
      status: 404,
      body: { code: 'job_not_found' },
    });
  });
});

describe('GET /receipts', () => {
  it('pages through a user’s receipts, newest first', async () => {
    const ids = (await addReceipts(http.current.db, 5, 77)).reverse();
    const first = (await call('GET', '/receipts?user_id=77&limit=2&last_id=-1')).body;
    expect(first).toMatchObject({ total: 2, last_id: ids[1], receipts: [{ id: ids[0] }, { id: ids[1] }] });
    const rest = (await call('GET', `/receipts?user_id=77&limit=9&last_id=${first.last_id}`)).body;
    expect(rest).toMatchObject({ total: 3, last_id: -1, receipts: [{ id: ids[2] }, { id: ids[3] }, { id: ids[4] }] });
    const byCursor = (await call('GET', `/receipts?user_id=77&limit=9&cursor=${first.next_cursor}`)).body;
    expect(byCursor).toEqual(rest);
  });

  it('gives one with its items: quantities as numbers, prices as strings', async () => {
    const [id = 0] = await addReceipts(http.current.db, 1);
    await http.current.db.query(
      `insert into public.receipt_items (receipt_id, item_name, quantity, unit_price, total_price, currency, confidence)
       values ($1, 'Bread', 2, 1.25, 2.5, 'EUR', 0.9)`,
      [id],
    );
    await http.current.db.query(
      `update public.receipts set ocr_status = 'completed', total_amount = 2.5 where id = $1`,
      [id],
    );
    expect((await call('GET', `/receipts/${id}`)).body).toMatchObject({
      id,
      total_amount: '2.50',
      items: [{ receipt_id: id, item_name: 'Bread', quantity: 2, unit_price: '1.25', total_price: '2.50' }],
    });
  });
});

describe('waiting for a job', () => {
  it('ends as soon as the job has', async () => {
    const [id = 0] = await addReceipts(http.current.db, 1);
    await call('POST', `/receipts/${id}/ocr`);
    const waiting = call('GET', `/jobs/ocr-${id}?wait_seconds=45`);
    await call('POST', `/jobs/ocr-${id}/cancel`);
    expect((await waiting).body).toMatchObject({ status: 'canceled' });
  });

  it('ends with the state of then when its time is over', async () => {
    const [id] = await addReceipts(http.current.db, 1);
    await call('POST', `/receipts/${id}/ocr`);
    expect((await call('GET', `/jobs/ocr-${id}?wait_seconds=1`)).body).toMatchObject({ status: 'queued' });
  });
});

it('lists every operation for programs', async () => {
  const document = (await call('GET', '/openapi.json')).body as { openapi: string; paths: Record<string, unknown> };
  expect(document.openapi).toBe('3.1.0');
  expect(document.paths['/jobs/{job_id}']).toMatchObject({
    get: {
      operationId: 'get_job_status',
      parameters: [
        { name: 'job_id', in: 'path' },
        { name: 'wait_seconds', in: 'query' },
      ],
    },
  });
});
