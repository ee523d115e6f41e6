import { expect, it } from 'vitest';
import { beginAttempt, storeReply } from '../../src/ledger/attempts.ts';
import { saveResult } from '../../src/ledger/results.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner, replyFor } from '../support/installation.ts';

const bench = useGate({ resultTtlS: 3_600, failureTtlS: 0 });

it('removes reply, events and result of an old job, and keeps the receipt and its dedupe key', async () => {
  const [id = 0] = await addReceipts(bench.db, 1);
  await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
  await beatAs(bench.db, 'w', 1);
  await bench.dispatch.tick();
  const run = { receiptId: id, generation: 1, runNo: 1 };
  await beginAttempt(bench.db, run, { id: 'w', name: 'w' });
  const body = JSON.stringify(replyFor({ receipt_id: id, image_path: '', user_id: 1, job_id: '' }));
  await storeReply(bench.db, run, 1, { body, sha256: 'h', agentMs: 1 });
  await saveResult(bench.db, run, 'VND');

  await bench.dispatch.sweep();
  expect(await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({ status: 'finished' });
  await bench.db.query(`update pantry_queue.jobs set ended_at = now() - interval '2 hours'`);
  await bench.dispatch.sweep();

  await expect(bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner)).rejects.toMatchObject({
    code: 'job_expired',
    hint: expect.stringContaining(`/receipts/${id}`),
  });
  const [left] = await bench.db.query(
    `select (select count(*)::int from pantry_queue.replies) as replies, (select count(*)::int from pantry_queue.events) as events`,
  );
  expect(left).toEqual({ replies: 0, events: 0 });
  expect((await bench.queue.getReceipt({ receipt_id: id }, asOwner)).total_amount).toBe('12.50');
  expect(await bench.queue.enqueueOcr({ receipt_id: id }, asOwner)).toMatchObject({
    deduplicated: true,
    generation: 1,
  });
});
