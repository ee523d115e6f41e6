import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ON_PARENT_FAILURE } from '../../src/contract/job.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { ALL, MANY } from '../support/sample.ts';
import { expectEventsAsTabled } from '../support/witness.ts';
import { BULK_CALLS } from './bulks.ts';
import { LIFTED } from './limits.ts';
import { apply, emptyModel, FAILURES, type Model, type ModelReceipt, type Op } from './model.ts';
import { createRealDeliveries, DELIVERY_OPS, type RealDeliveries } from './real-deliveries.ts';
import { createRealQueue } from './real-queue.ts';
import { isLive, isToForget } from './receipt.ts';
import { WAYS_IN } from './ways-in.ts';

const RECEIPTS = 2;
/** Each run draws others, so that a project's runs add up; the long form tries ten thousand at once. */
const SEQUENCES = Number(process.env.MODEL_SEQUENCES ?? (ALL ? 10_000 : MANY ? 250 : 100));
/** A sequence takes a third of a second; many times as long where other programs want the processors. */
const LIMIT_MS = 60_000 + SEQUENCES * 2_000;
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);

const bench = useGate();

const receipt = fc.nat({ max: RECEIPTS - 1 });
type WithMore = 'fail' | 'preview' | 'confirm' | 'enqueue after';
const onReceipt = (...names: Exclude<Extract<Op, { receipt: number }>['op'], WithMore>[]) =>
  fc.record({ op: fc.constantFrom(...names), receipt }) as fc.Arbitrary<Op>;
const anywhere = (...names: Exclude<Op, { receipt: number }>['op'][]) =>
  fc.record({ op: fc.constantFrom(...names) }) as fc.Arbitrary<Op>;

const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: onReceipt('enqueue', 'force', 'retry', 'cancel', 'priority') },
  { weight: 12, arbitrary: onReceipt('begin', 'answer', 'save', 'answer in doubt', 'answer as a twin') },
  { weight: 3, arbitrary: onReceipt('confirm review', 'reject review', 'reviews expire') },
  { weight: 6, arbitrary: onReceipt('run lost', 'save of an older run', 'answer of an older attempt') },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('fail' as const),
      receipt,
      how: fc.constantFrom(...FAILURES),
    }),
  },
  { weight: 3, arbitrary: onReceipt('delete receipt', 'id used again', 'image changed', 'delete') },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constantFrom('preview', 'confirm'), call: fc.constantFrom(...BULK_CALLS), receipt }),
  },
  { weight: 1, arbitrary: onReceipt('restore') },
  { weight: 8, arbitrary: anywhere('tick', 'sweep') },
  { weight: 3, arbitrary: anywhere('worker lost', 'time passes') },
  { weight: 2, arbitrary: anywhere('batch', 'pause', 'resume', 'agent comes back', 'schedule') },
  { weight: 2, arbitrary: anywhere(...DELIVERY_OPS) },
  { weight: 2, arbitrary: onReceipt('enqueue later') },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('enqueue after' as const),
      receipt,
      onParentFailure: fc.constantFrom(...ON_PARENT_FAILURE),
    }),
  },
  {
    weight: 3,
    arbitrary: anywhere('pause owner', 'resume owner', 'cap 0', 'cap 1', 'cap off', 'budget', 'budget off'),
  },
);

const sequence: fc.Arbitrary<Op[]> = fc
  .tuple(
    fc.constantFrom(...WAYS_IN.flatMap((way) => way.map((_, at) => way.slice(0, at + 1))), []),
    fc.array(operation, { minLength: 1, maxLength: 20, size: 'max' }),
  )
  .map(([start, rest]) => [...start, ...rest]);

const shown = (model: Model) =>
  model.receipts.map(({ generations }) =>
    generations.map(({ isForgotten, isCleared, state, runNo, attempt, charged, lost, replied }) => ({
      isForgotten,
      isCleared,
      state,
      runNo,
      attempt,
      charged,
      lost,
      replied,
    })),
  );

const reviewsShown = (model: Model) =>
  model.receipts.map(({ row, review: { state, reasons } }) => row && { state, reasons: reasons.toSorted() });

/** Something will still happen to it by itself. */
const hasWork = ({ generations, bulks }: ModelReceipt) => generations.some(isLive) || bulks.waiting.length > 0;

/** What a healthy installation does by itself: I1 says that it ends every job. */
function nextRound(model: Model): Op[] {
  const all: Op[] = [
    { op: 'resume' },
    ...LIFTED.map((op): Op => ({ op })),
    { op: 'agent comes back' },
    { op: 'time passes' },
    { op: 'tick' },
    { op: 'sweep' },
  ];
  for (const [index, { generations }] of model.receipts.entries()) {
    if (!generations.some(isLive)) continue;
    for (const op of ['begin', 'answer', 'save'] as const) all.push({ op, receipt: index });
  }
  return all;
}

/** Who owns the receipts of a sequence; nobody else has anything. */
let owner = 1_000;
let ledgerId = '';
let lastJobNo = 0;

/** After a sequence that failed, its jobs would stand in the next one's way. */
async function startClean(): Promise<void> {
  await bench.db.query(
    `truncate pantry_queue.jobs, pantry_queue.replies, pantry_queue.events, pantry_queue.commands, pantry_queue.batches,
     pantry_queue.workers, pantry_queue.counters, pantry_queue.arrivals, pantry_queue.receipt_state,
     pantry_queue.receipt_facts`,
  );
  await bench.db.query(
    'truncate pantry_queue.tombstones, pantry_queue.caps, pantry_queue.bulks, pantry_queue.bulk_jobs, pantry_queue.dependencies, pantry_queue.schedules, pantry_queue.budgets, pantry_queue.costs, pantry_queue.paid_calls, pantry_queue.history',
  );
  await bench.db.query(
    `update pantry_queue.queue_state set swept_at = now(), steady_since = now() - interval '1 hour'`,
  );
  await bench.db.query(
    `update pantry_queue.breaker set next_probe_at = null, failed_probes = 0, same_error = null, same_jobs = '{}'`,
  );
  bench.engine.known.clear();
}

async function verified(afterJobNo?: number) {
  const { findings } = await verifyLedger(bench.db, { ledgerId, workflowIdPrefix: '', settleMs: 0, afterJobNo });
  expect(findings).toEqual([]);
}

async function play(ops: readonly Op[], deliveries: RealDeliveries): Promise<void> {
  owner++;
  // What the jobs of another sequence have met is no row with what those of this one meet.
  await bench.db.query(`update pantry_queue.breaker set same_error = null, same_jobs = '{}'`);
  const model = emptyModel(RECEIPTS);
  const real = createRealQueue(bench, owner, await addReceipts(bench.db, RECEIPTS, owner), {
    ledgerId,
    deliveries,
  });
  await deliveries.begin();
  await real.beat(model);
  const step = async (op: Op) => {
    const seen = op.op === 'schedule' ? await real.seen() : undefined;
    const answer = await real.perform(model, op);
    expect({ op, seen, answer }).toEqual({ op, seen, answer: apply(model, seen ? { op: 'schedule', seen } : op) });
  };
  const compare = async (after: Op | 'the last round') => {
    expect({ after, jobs: await real.look() }).toEqual({ after, jobs: shown(model) });
    expect({ after, reviews: await real.lookAtReviews() }).toEqual({ after, reviews: reviewsShown(model) });
    await real.lookAtBatches();
  };
  for (const op of ops) {
    await step(op);
    await compare(op);
  }
  for (let round = 0; model.receipts.some(hasWork); round++) {
    expect(round, 'every accepted job ends by itself').toBeLessThan(6);
    for (const op of nextRound(model)) await step(op);
    await compare('the last round');
  }
  if (model.paused) await step({ op: 'resume' });
  for (const op of LIFTED) await step({ op });
  if (model.away) await step({ op: 'agent comes back' });
  if (model.receipts.some(isToForget)) {
    await step({ op: 'sweep' });
    await compare('the last round');
  }
  for (let round = 0; (await real.lookAtBatches()) > 0; round++) {
    expect(round, 'every batch ends when its members have').toBeLessThan(4);
    await step({ op: 'sweep' });
  }
  await deliveries.settle();
  await verified(lastJobNo);
  const [row] = await bench.db.query<{ last: number | null }>('select max(job_no) as last from pantry_queue.jobs');
  lastJobNo = row?.last ?? 0;
}

describe('any sequence of calls, answers and losses', () => {
  beforeAll(async () => {
    // What is tried here is the order of things; that a commit survives a power cut, the fault suite tries.
    await bench.db.query(
      `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
    );
    ledgerId = await readLedgerId(bench.db);
    await startClean();
  });

  it(
    `leaves every job as the table of states says, ends it, and the ledger clean (seed ${SEED})`,
    async () => {
      const deliveries = await createRealDeliveries(bench);
      let failed = false;
      await fc.assert(
        fc.asyncProperty(sequence, async (ops) => {
          if (failed) await startClean();
          failed = true;
          await play(ops, deliveries);
          failed = false;
        }),
        { numRuns: SEQUENCES, seed: SEED, endOnFailure: false },
      );
      await verified();
      await expectEventsAsTabled(bench.db);
    },
    LIMIT_MS,
  );
});
