import { beforeAll, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { callJson } from './support/call-json.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

const http = useHttpQueue();

const call = (method: 'GET' | 'POST', address: string) => callJson(http.current, method, address);

describe('the queue of a user', () => {
  let ids: number[] = [];
  beforeAll(async () => {
    ids = await addReceipts(http.current.db, 5, 42);
  });

  it('is filled by process-all, which counts what was queued already too', async () => {
    await call('POST', `/receipts/${ids[0]}/ocr`);
    const { status, body } = await call('POST', '/receipts/ocr/process-all?user_id=42');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'queued',
      user_id: 42,
      queued: 5,
      newly_queued: 4,
      job_ids: ids.map((id) => `ocr-${id}`),
      batch_id: expect.any(String),
      message: expect.any(String),
    });
    const again = await Promise.all(
      Array.from({ length: 5 }, () => call('POST', '/receipts/ocr/process-all?user_id=42')),
    );
    for (const { body: same } of again) expect(same).toMatchObject({ queued: 5, newly_queued: 0 });
  });

  it('[H3] is filled once by process-all calls under one Idempotency-Key, also when more became pending', async () => {
    await addReceipts(http.current.db, 2, 45);
    const headers = { 'idempotency-key': 'nightly-45' };
    const all = (more = '') =>
      http.current.fetch(`/receipts/ocr/process-all?user_id=45${more}`, { method: 'POST', headers });
    const first = await (await all()).json();
    await addReceipts(http.current.db, 1, 45);
    expect(first).toMatchObject({ queued: 2 });
    expect(await (await all()).json()).toEqual(first);
    expect(await problemOf(await all('&limit=1'))).toMatchObject({ code: 'idempotency_conflict' });
  });

  it('is left alone when nothing is pending', async () => {
    const { body } = await call('POST', '/receipts/ocr/process-all?user_id=43');
    expect(body).toMatchObject({ queued: 0, job_ids: [], batch_id: null });
  });

  it('takes a limit, and refuses a user that is none', async () => {
    await addReceipts(http.current.db, 3, 44);
    expect((await call('POST', '/receipts/ocr/process-all?user_id=44&limit=2')).body).toMatchObject({ queued: 2 });
    for (const user of ['1 OR 1=1', '0', '1&user_id=2']) {
      const response = await http.current.fetch(`/receipts/ocr/process-all?user_id=${user}`, { method: 'POST' });
      expect(await problemOf(response)).toMatchObject({ code: 'invalid_argument', errors: [{ pointer: '/user_id' }] });
    }
  });
});
