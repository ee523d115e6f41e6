import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { addReceipts, asOperator } from '../queue.ts';
import { compareLatency } from '../rounds.ts';

const READS = { rounds: 24, samples: 50 };

/** A user of its own, so that the position is known. */
const USER = 77;

async function jobNoOf(bench: Bench, receiptId: number): Promise<number> {
  const [row] = await bench.base.db.query<{ job_no: number }>(
    'select job_no from pantry_queue.jobs where subject = $1',
    [receiptId],
  );
  if (!row) throw new Error(`receipt ${receiptId} has no job`);
  return row.job_no;
}

/** Ends a job as the workflow would, with a result of the usual size. */
async function finish(bench: Bench, receiptId: number): Promise<void> {
  const result = {
    merchant_name: 'Corner Shop',
    purchase_date: '2026-01-30',
    total_amount: '12.50',
    currency: 'EUR',
    confidence: 0.95,
    needs_review: false,
    review_reasons: [],
    items: Array.from({ length: 8 }, (_, nth) => ({
      item_name: `Item ${nth}`,
      quantity: '1',
      unit_price: '1.50',
      total_price: '1.50',
      currency: 'EUR',
      confidence: 0.9,
    })),
    result_hash: 'none',
  };
  const to = (change: string, values: unknown[] = []) =>
    bench.base.db.query(`update pantry_queue.jobs set ${change} where subject = $1`, [receiptId, ...values]);
  await to(`phase = 'worker', admitted_at = now()`);
  await to(`status = 'started', phase = 'agent', attempt = 1, started_at = now()`);
  await to(`phase = 'saving'`);
  await to(`status = 'finished', phase = null, ended_at = now(), result = $2`, [JSON.stringify(result)]);
}

export async function measureStatus(bench: Bench): Promise<Figure[]> {
  const { queue, db } = bench.base;
  const ids = await addReceipts(db, 12, USER);
  for (const id of ids) await queue.enqueueOcr({ receipt_id: id, user_id: USER }, asOperator);
  const [finished = 0, ...waiting] = ids;
  await finish(bench, finished);
  const tenth = waiting[10] ?? 0;

  const figures: Figure[] = [];
  for (const { id, receiptId, what } of [
    { id: 'status_finished', receiptId: finished, what: 'get_job_status of a finished job, p50' },
    { id: 'status_queued', receiptId: tenth, what: 'get_job_status of a queued job at position 10, p50' },
  ]) {
    const jobId = `ocr-${receiptId}`;
    const seen = await queue.getJobStatus({ job_id: jobId }, asOperator);
    if (seen.position !== (receiptId === tenth ? 10 : null)) throw new Error(`${jobId} is at ${seen.position}`);
    const jobNo = await jobNoOf(bench, receiptId);
    const compared = await compareLatency(
      READS,
      { run: () => queue.getJobStatus({ job_id: jobId }, asOperator) },
      { run: () => bench.raw.readByKey(jobNo) },
    );
    figures.push({
      id,
      what,
      unit: 'ms',
      value: compared.ours,
      baseline: {
        what: 'select * of the row by primary key, same connection and role, prepared',
        value: compared.baseline,
      },
      ratio: compared.ratio,
      spread: compared.ratioSpread,
      bound: { atMost: 1.5 },
    });
  }
  return figures;
}
