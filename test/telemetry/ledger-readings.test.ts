import { beforeEach, expect, it } from 'vitest';
import type { Db } from '../../src/ledger/db.ts';
import { foldHistory } from '../../src/ledger/insight/queue-history.ts';
import { readQueueNumbers } from '../../src/ledger/insight/queue-numbers.ts';
import { foldCosts } from '../../src/ledger/money/bill.ts';
import { createLedgerReadings } from '../../src/telemetry/ledger-readings.ts';
import { createMetricsRegistry } from '../../src/telemetry/registry.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { readingsOf } from '../support/readings.ts';

const bench = useGate();
const readings = readingsOf(bench);

beforeEach(async () => {
  await clearJobs(bench.db);
  await bench.db.query('delete from pantry_queue.totals');
  await beatAs(bench.db, 'w1', 5);
});

async function scrape(db: Pick<Db, 'query'> = bench.db): Promise<string[]> {
  const registry = createMetricsRegistry();
  registry.addSource(createLedgerReadings(() => readQueueNumbers(db)));
  return (await registry.read()).split('\n');
}

it('[P3] jobs are counted by the events of the ledger, each once, however many processes count', async () => {
  const [first = 0, second = 0, third = 0] = await addReceipts(bench.db, 3);
  // What is final depends on the transactions that other tests have open at this moment.
  const foldedBySeveral = async () => {
    await Promise.all([foldHistory(bench.db), foldHistory(bench.db), foldCosts(bench.db), foldCosts(bench.db)]);
    return scrape();
  };
  await readings.read(first, {});
  await expect.poll(foldedBySeveral).toContain('pantry_queue_job_seconds_count{status="finished"} 1');
  for (const receipt_id of [second, third]) await bench.queue.enqueueOcr({ receipt_id }, asOwner);
  await bench.queue.cancelJob({ job_id: `ocr-${second}` }, asOwner);
  await expect.poll(foldedBySeveral).toContain('pantry_queue_jobs_ended_total{status="canceled",code="none"} 1');
  expect(await foldedBySeveral()).toEqual(
    expect.arrayContaining([
      'pantry_ledger_up 1',
      'pantry_queue_jobs_accepted_total 3',
      'pantry_queue_jobs_ended_total{status="finished",code="none"} 1',
      'pantry_queue_jobs_ended_total{status="canceled",code="none"} 1',
      'pantry_queue_attempts_total{outcome="replied",code="none"} 1',
      'pantry_queue_job_wait_seconds_count 1',
      'pantry_queue_job_seconds_count{status="finished"} 1',
      'pantry_queue_job_seconds_count{status="canceled"} 1',
      'pantry_queue_paid_calls_total{currency="none"} 1',
      'pantry_queue_agent_slots 5',
    ]),
  );
});

it('[P3] depth and the age of the oldest are what the ledger holds', async () => {
  const ids = await addReceipts(bench.db, 3);
  for (const id of ids) await bench.queue.enqueueOcr({ receipt_id: id }, asOwner);
  await bench.db.query(`update pantry_queue.jobs set created_at = now() - interval '90 seconds' where subject = $1`, [
    ids[0],
  ]);
  const lines = await scrape();
  expect(lines).toContain('pantry_queue_jobs{status="queued"} 3');
  const oldest = lines.find((line) => line.startsWith('pantry_queue_oldest_job_seconds{status="queued"}'));
  expect(Number(oldest?.split(' ')[1])).toBeGreaterThanOrEqual(90);
  expect(lines).toContain('pantry_queue_breaker{state="closed"} 1');
});

it('[P3] [I15] a scrape is answered while the ledger is away, with ledger_up 0 and no number that is old', async () => {
  const registry = createMetricsRegistry();
  let now = 0;
  let isAway = false;
  const read = () => (isAway ? Promise.reject(new Error('away')) : readQueueNumbers(bench.db));
  registry.addSource(createLedgerReadings(read, () => now));
  expect(await registry.read()).toContain('\npantry_queue_agent_slots 5');
  isAway = true;
  now = 5_000;
  const text = await registry.read();
  expect(text).toContain('\npantry_ledger_up 0');
  expect(text).not.toMatch(/^pantry_queue_[a-z_]+[ {]/m);
});

it('[P3] scrapes that come together, and within five seconds, share one read of the ledger', async () => {
  let reads = 0;
  let now = 0;
  const source = createLedgerReadings(
    () => {
      reads++;
      return readQueueNumbers(bench.db);
    },
    () => now,
  );
  await Promise.all([source(), source(), source()]);
  now = 4_999;
  await source();
  expect(reads).toBe(1);
  now = 5_000;
  await source();
  expect(reads).toBe(2);
});
