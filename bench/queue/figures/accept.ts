import type { Bench } from '../bench.ts';
import { type Figure, median, spreadOf } from '../figure.ts';
import { addReceipts, asOperator } from '../queue.ts';
import { compareLatency, compareRounds, WARM_UP_ROUNDS } from '../rounds.ts';

const SINGLE = { rounds: 24, samples: 50 };
const RAW_ROW = 'one committed insert of the same row: same columns, defaults and indexes';

/** Owners' queues grow to this, so that a new job stands at position 10 on average, as in the figure of the status. */
const OWNER_QUEUE = 20;
let nextUser = 1_000;

/** A supply of receipts that nobody has queued yet. */
async function freshReceipts(bench: Bench, count: number): Promise<() => number> {
  const ids: number[] = [];
  for (let user = nextUser; ids.length < count; user = ++nextUser) {
    ids.push(...(await addReceipts(bench.base.db, Math.min(OWNER_QUEUE, count - ids.length), user)));
  }
  return () => {
    const id = ids.pop();
    if (id === undefined) throw new Error('the supply of receipts is used up');
    return id;
  };
}

export async function measureEnqueue(bench: Bench): Promise<Figure[]> {
  const { queue } = bench.base;
  const next = await freshReceipts(bench, 2 * (SINGLE.rounds + WARM_UP_ROUNDS) * SINGLE.samples);
  const ours = { run: () => queue.enqueueOcr({ receipt_id: next() }, asOperator) };
  const against = await compareLatency(SINGLE, ours, { run: (nth) => bench.raw.insert(nth + 1) });
  const bare = await compareLatency(SINGLE, ours, { run: (nth) => bench.raw.insertBare(nth + 1) });
  return [
    {
      id: 'enqueue',
      what: 'enqueue_ocr, p50',
      unit: 'ms',
      value: against.ours,
      baseline: { what: RAW_ROW, value: against.baseline },
      ratio: against.ratio,
      spread: against.ratioSpread,
      bound: { atMost: 1.5 },
    },
    {
      id: 'enqueue_bare',
      what: 'enqueue_ocr, p50, for orientation',
      unit: 'ms',
      value: bare.ours,
      baseline: { what: 'the same into a table that has its primary key alone', value: bare.baseline },
      ratio: bare.ratio,
      spread: bare.ratioSpread,
    },
  ];
}

const LANES = 16;
const PER_LANE = 40;

async function ratePerSecond(run: (nth: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      for (let i = 0; i < PER_LANE; i++) await run(lane * PER_LANE + i);
    }),
  );
  return (LANES * PER_LANE * 1000) / (performance.now() - startedAt);
}

export async function measureParallelEnqueue(bench: Bench): Promise<Figure[]> {
  const rounds = 9;
  const next = await freshReceipts(bench, (rounds + 1) * LANES * PER_LANE);
  const base = 10_000_000;
  let block = 0;
  const compared = await compareRounds(
    rounds + 1,
    1,
    () => ratePerSecond(() => bench.base.queue.enqueueOcr({ receipt_id: next() }, asOperator)),
    () => {
      block++;
      return ratePerSecond((nth) => bench.raw.insert(base + block * LANES * PER_LANE + nth));
    },
  );
  return [
    {
      id: 'enqueue_parallel',
      what: `${LANES} parallel callers of enqueue_ocr`,
      unit: 'jobs/s',
      value: compared.ours,
      baseline: { what: `${LANES} parallel inserts of the same rows`, value: compared.baseline },
      ratio: compared.ratio,
      spread: compared.ratioSpread,
      bound: { atLeast: 0.6 },
    },
  ];
}

export async function measureBatch(bench: Bench): Promise<Figure[]> {
  const size = 10_000;
  const rounds = 5;
  const times: number[] = [];
  const rawTimes: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const ids = await addReceipts(bench.base.db, size);
    const startedAt = performance.now();
    await bench.base.queue.enqueueBatchOcr({ receipt_ids: ids }, asOperator);
    const acceptedAt = performance.now();
    await bench.raw.insertMany(ids.map((id) => 100_000_000 + id));
    if (round === 0) continue;
    times.push(acceptedAt - startedAt);
    rawTimes.push(performance.now() - acceptedAt);
  }
  return [
    {
      id: 'batch_10000',
      what: `${size.toLocaleString('en')} receipts accepted by one call`,
      unit: 'ms',
      value: median(times),
      baseline: { what: 'the same rows in one raw insert', value: median(rawTimes) },
      spread: spreadOf(times),
      bound: { atMost: 500 },
    },
  ];
}
