import { expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createJobs } from '../verify/jobs.ts';

const bench = useGate({ resultTtlS: 3_600, failureTtlS: 7_200 });
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

it('[Q3] removes the event of a batch that ended long ago, raises the floor, and keeps how it ended', async () => {
  const { subject: id } = await jobs.finished();
  const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids: [id] }, asOwner);
  if (batch_id === null) throw new Error('no batch');
  const events = () =>
    bench.db.query(`select data ->> 'finished' as finished from pantry_queue.events where batch_id = $1`, [batch_id]);
  await bench.dispatch.sweep();
  const agedBy = async (age: string) => {
    await bench.db.query(`update pantry_queue.batches set ended_at = now() - $1::interval, event_xid = '4'`, [age]);
    await bench.db.query(`update pantry_queue.events set xid = '4' where batch_id = $1`, [batch_id]);
    await bench.dispatch.sweep();
  };
  // As long as the longer of the two times, since it may hold jobs of both kinds.
  await agedBy('1 hour 30 minutes');
  expect(await events()).toEqual([{ finished: '1' }]);
  await agedBy('3 hours');
  expect(await events()).toEqual([]);
  const [ledger] = await bench.db.query<{ xid: string }>('select floor_xid::text as xid from pantry_queue.ledger');
  expect(ledger?.xid).toBe('4');
  expect(await bench.queue.getBatch({ batch_id }, asOwner)).toMatchObject({ ended_as: { finished: 1 } });
});
