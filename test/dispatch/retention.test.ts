import { expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/queue-state.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate({ resultTtlS: 3_600, failureTtlS: 0 });
const jobs = createJobs(bench, () => readLedgerId(bench.db));

it('removes reply, events and result of an old job, and keeps the receipt and its dedupe key', async () => {
  const { subject: id } = await jobs.finished();

  await bench.dispatch.sweep();
  expect(await bench.queue.getJobStatus({ job_id: `ocr-${id}` }, asOwner)).toMatchObject({ status: 'finished' });
  await bench.db.query(`update pantry_queue.jobs set ended_at = now() - interval '2 hours'`);
  await bench.db.query(`update pantry_queue.events set xid = '3'`);
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
