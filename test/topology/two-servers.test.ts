import { describe, expect, it } from 'vitest';
import type { QueueClient } from '../../src/client/index.ts';
import { newPhoto } from '../http/support/images.ts';
import { askModern, TASKS } from '../mcp/support/modern-wire.ts';
import { addReceipts } from '../support/db.ts';
import { useTopology } from './support/use-topology.ts';

const queue = useTopology();

/** A receipt whose job waits for its time: nothing but a caller moves it. */
async function waiting(api: QueueClient) {
  const [receipt_id = 0] = await addReceipts(queue.db, 1);
  const { job_id } = await api.enqueueOcr({ receipt_id, delay_seconds: 3_600 });
  return { receipt_id, job_id };
}

describe('what was begun at one server goes on at the other', () => {
  it('[P1] a long wait is answered by what happens at the other server', async () => {
    const { job_id } = await waiting(queue.api1);
    const asked = queue.api1.getJobStatus({ job_id, wait_seconds: 45 });
    await queue.api2.cancelJob({ job_id });
    expect(await asked).toMatchObject({ job_id, status: 'canceled' });
  });

  it('[P1] an Idempotency-Key of one server is answered by the other with what the first call did', async () => {
    const receipt_ids = await addReceipts(queue.db, 2);
    const call = { receipt_ids, delay_seconds: 3_600, idempotency_key: `topology-${receipt_ids}` };
    const first = await queue.api1.enqueueBatchOcr(call);
    for (const job_id of first.job_ids) await queue.api2.cancelJob({ job_id });
    // Without the key these would be two new generations.
    expect(await queue.api2.enqueueBatchOcr(call)).toEqual(first);
    const job = await queue.api1.getJobStatus({ job_id: first.job_ids[0] ?? '' });
    expect(job).toMatchObject({ status: 'canceled', generation: 1 });
  });

  it('[P1] an upload address that one server gave is used at the other, once', async () => {
    const { path } = await queue.api1.createUpload({ purchase_date: '2026-01-31' });
    const send = async (photo: Buffer, at: 'api-1' | 'api-2') => {
      const form = new FormData();
      form.append('file', new Blob([new Uint8Array(photo)]), 'receipt.jpg');
      const response = await fetch(queue.facts.apis[at] + path, { method: 'POST', body: form });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const photo = newPhoto();
    const used = await send(photo, 'api-2');
    expect(used).toMatchObject({ status: 201, body: { purchase_date: '2026-01-31' } });
    expect(await send(photo, 'api-1')).toMatchObject({ body: { id: used.body.id } });
    expect(await send(newPhoto(), 'api-1')).toMatchObject({ status: 410, body: { code: 'upload_address_gone' } });
  });

  it('[P1] a bulk that one server has previewed is confirmed at the other, and happens once', async () => {
    const user_id = 7_001;
    const [receipt_id = 0] = await addReceipts(queue.db, 1, user_id);
    await queue.api1.enqueueOcr({ receipt_id, user_id, delay_seconds: 3_600 });
    const { confirm_token } = await queue.api1.cancelJobs({ user_id, status: ['scheduled'] });
    const there = await queue.api2.cancelJobs({ confirm_token });
    expect(there).toMatchObject({ bulk: { done: 1 } });
    expect(await queue.api1.cancelJobs({ confirm_token })).toMatchObject({ bulk: { bulk_id: there.bulk?.bulk_id } });
  });

  it('[M3] an MCP task that one server began is followed and canceled at the other', async () => {
    const { receipt_id } = await waiting(queue.api1);
    const at = (name: 'api-1' | 'api-2') => ({ url: `${queue.facts.apis[name]}/mcp`, fetch });
    const ask = (name: 'api-1' | 'api-2', method: string, params: Record<string, unknown>) =>
      askModern(at(name), method, params, { capabilities: TASKS });
    const begun = await ask('api-1', 'tools/call', { name: 'enqueue_ocr', arguments: { receipt_id } });
    const { taskId } = begun.result;
    expect((await ask('api-2', 'tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'working' });
    await ask('api-2', 'tasks/cancel', { taskId });
    expect((await ask('api-1', 'tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'cancelled' });
  });

  it('[P1] a cursor of one server turns the page at the other', async () => {
    const user_id = 7_002;
    const receipts = await addReceipts(queue.db, 3, user_id);
    for (const receipt_id of receipts) await queue.api1.enqueueOcr({ receipt_id, user_id, delay_seconds: 3_600 });
    const first = await queue.api1.findJobs({ user_id, limit: 2 });
    const second = await queue.api2.findJobs({ user_id, limit: 2, cursor: first.next_cursor ?? '' });
    const seen = [...first.jobs, ...second.jobs].map((job) => job.receipt_id);
    expect(seen.sort((a, b) => a - b)).toEqual(receipts);
  });
});
