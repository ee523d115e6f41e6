import { beforeEach, describe, expect, it } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { addReceipts } from '../support/db.ts';
import { asOwner } from '../support/owner.ts';

const http = useHttpQueue();
const db = () => http.current.db;
const queue = () => createQueueClient({ url: http.current.url });
let keys = 0;
let key = '';
beforeEach(() => {
  key = `batch-key-${++keys}`;
});

const batches = async () =>
  (await db().query<{ n: number }>('select count(*)::int as n from pantry_queue.batches'))[0]?.n ?? 0;
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    ({ code, fields }) => [code, fields.map(({ pointer }: { pointer: string }) => pointer)],
  );

describe('a batch with an Idempotency-Key', () => {
  it('[H3] that comes again has the same id and jobs, and is accepted once', async () => {
    const receipt_ids = await addReceipts(db(), 3);
    const before = await batches();
    const first = await queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key });
    expect(first).toMatchObject({ queued: 3, deduplicated: 0 });
    expect(await queue().enqueueBatchOcr({ idempotency_key: key, receipt_ids })).toEqual(first);
    expect(await batches()).toBe(before + 1);
    // Without one, the same receipts are another batch.
    expect(await queue().enqueueBatchOcr({ receipt_ids })).toMatchObject({ queued: 0, deduplicated: 3 });
  });

  it('[H3] that comes many times at once is accepted once', async () => {
    const receipt_ids = await addReceipts(db(), 40);
    const before = await batches();
    const all = await Promise.all(
      Array.from({ length: 10 }, () => queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key })),
    );
    expect(new Set(all.map(({ batch_id }) => batch_id)).size).toBe(1);
    expect(new Set(all.map(({ queued }) => queued))).toEqual(new Set([40]));
    expect(await batches()).toBe(before + 1);
  });

  it('[H3] is a conflict with any other arguments, and changes nothing then', async () => {
    const receipt_ids = await addReceipts(db(), 3);
    await queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key });
    const before = await batches();
    for (const other of [
      { receipt_ids: receipt_ids.slice(1) },
      { receipt_ids, force: true },
      { pending: true as const },
    ]) {
      expect(await refusal(queue().enqueueBatchOcr({ ...other, idempotency_key: key }))).toEqual([
        'idempotency_conflict',
        ['/idempotency_key'],
      ]);
    }
    expect(await batches()).toBe(before);
  });

  it('[H3] that was refused may come again under its key', async () => {
    const [receiptId = 0] = await addReceipts(db(), 1);
    const wrong = { receipt_ids: [receiptId, 2_000_000_000], idempotency_key: key };
    expect(await refusal(queue().enqueueBatchOcr(wrong))).toEqual(['receipt_not_found', ['/receipt_ids/1']]);
    const right = { receipt_ids: [receiptId], idempotency_key: key };
    expect(await queue().enqueueBatchOcr(right)).toMatchObject({ queued: 1 });
  });

  it('[H3] leaves neither batch nor key when its commit fails', async () => {
    const receipt_ids = await addReceipts(db(), 2);
    const before = await batches();
    await db().query(
      'alter table pantry_queue.idempotency_keys add constraint broken check (answer is null) not valid',
    );
    try {
      expect(await refusal(queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key }))).not.toBe('accepted');
    } finally {
      await db().query('alter table pantry_queue.idempotency_keys drop constraint broken');
    }
    expect(await batches()).toBe(before);
    expect(await queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key })).toMatchObject({ queued: 2 });
  });

  it('[H3] is a new one when the first is more than a day old', async () => {
    const receipt_ids = await addReceipts(db(), 1);
    const first = await queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key });
    await db().query(`update pantry_queue.idempotency_keys set created_at = now() - interval '25 hours'`);
    const second = await queue().enqueueBatchOcr({ receipt_ids, idempotency_key: key });
    expect(second).toMatchObject({ queued: 0, deduplicated: 1 });
    expect(second.batch_id).not.toBe(first.batch_id);
  });

  it('[H3] says so in a header, which has the key’s own form and stands beside no other', async () => {
    const receipt_ids = await addReceipts(db(), 1);
    const post = (body: object, header?: string) =>
      http.current.fetch('/jobs/batch', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(header === undefined ? {} : { 'idempotency-key': header }) },
        body: JSON.stringify(body),
      });
    const first = await post({ receipt_ids }, key);
    expect(first.status).toBe(202);
    const again = await post({ receipt_ids }, key);
    expect([again.status, await again.json()]).toEqual([202, await first.json()]);
    for (const wrong of ['', 'a b', 'x'.repeat(256)]) expect((await post({ receipt_ids }, wrong)).status).toBe(422);
    expect((await post({ receipt_ids, idempotency_key: key }, key)).status).toBe(422);
  });

  it('[H3] of another user or tenant is another key', async () => {
    const own = await addReceipts(db(), 1, 7);
    const other = await addReceipts(db(), 1, 8);
    const first = await queue().enqueueBatchOcr({ receipt_ids: own, user_id: 7, idempotency_key: key }, asOwner);
    const second = await queue().enqueueBatchOcr({ receipt_ids: other, user_id: 8, idempotency_key: key }, asOwner);
    expect(second.batch_id).not.toBe(first.batch_id);
  });
});
