import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLedgerId } from '../../src/ledger/queue-state.ts';
import { verifyLedger } from '../../src/verify/verify.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { ALL } from '../support/sample.ts';
import { expectEventsAsTabled } from '../support/witness.ts';
import { BULK_CALLS } from './bulks.ts';
import { apply, emptyModel, type Model, type ModelReceipt, type Op } from './model.ts';
import { createRealQueue } from './real-queue.ts';
import { isLive, isToForget } from './receipt.ts';

const RECEIPTS = 2;
/** Each run draws others, so that a project's runs add up; the long form tries ten thousand at once. */
const SEQUENCES = Number(process.env.MODEL_SEQUENCES ?? (ALL ? 10_000 : 250));
const LIMIT_MS = 60_000 + SEQUENCES * 500;
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);

const bench = useGate();

const receipt = fc.nat({ max: RECEIPTS - 1 });
const onReceipt = (...names: Exclude<Extract<Op, { receipt: number }>['op'], 'fail' | 'preview' | 'confirm'>[]) =>
  fc.record({ op: fc.constantFrom(...names), receipt }) as fc.Arbitrary<Op>;
const anywhere = (...names: Exclude<Op, { receipt: number }>['op'][]) =>
  fc.record({ op: fc.constantFrom(...names) }) as fc.Arbitrary<Op>;

const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 6, arbitrary: onReceipt('enqueue', 'force', 'retry', 'cancel', 'priority') },
  { weight: 12, arbitrary: onReceipt('begin', 'answer', 'save') },
  { weight: 6, arbitrary: onReceipt('run lost', 'save of an older run', 'answer of an older attempt') },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('fail' as const),
      receipt,
      how: fc.constantFrom('backoff', 'parked', 'final'),
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
  { weight: 2, arbitrary: anywhere('batch', 'pause', 'resume', 'agent comes back') },
);

const BEGUN: readonly Op[] = [{ op: 'enqueue', receipt: 0 }, { op: 'tick' }, { op: 'begin', receipt: 0 }];
/** Most of what can go wrong lies behind steps that chance seldom takes in a row: sequences begin somewhere on them. */
const WAYS_IN: readonly (readonly Op[])[] = [
  [...BEGUN, { op: 'answer', receipt: 0 }],
  // A second attempt in a second run, while the first one may still answer.
  [...BEGUN, { op: 'run lost', receipt: 0 }, { op: 'sweep' }, { op: 'worker lost' }, { op: 'begin', receipt: 0 }],
  // A further generation, whose predecessor has paid for a reply that was not saved.
  [
    ...BEGUN,
    { op: 'answer', receipt: 0 },
    { op: 'cancel', receipt: 0 },
    { op: 'retry', receipt: 0 },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
  ],
  // A failure, and what people do about many of them at once.
  ...(['clear', 'redrive'] as const).map((call): Op[] => [
    ...BEGUN,
    { op: 'fail', receipt: 0, how: 'final' },
    { op: 'preview', call, receipt: 0 },
    { op: 'confirm', call, receipt: 0 },
  ]),
  [...BEGUN, { op: 'preview', call: 'cancel', receipt: 0 }, { op: 'confirm', call: 'cancel', receipt: 0 }],
  // The agent goes away under a job, and comes back.
  [
    ...BEGUN,
    { op: 'fail', receipt: 0, how: 'parked' },
    { op: 'tick' },
    { op: 'agent comes back' },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
  ],
  // What failed after the preview is not what the preview has shown.
  [
    ...BEGUN,
    { op: 'fail', receipt: 0, how: 'final' },
    { op: 'preview', call: 'clear', receipt: 0 },
    { op: 'retry', receipt: 0 },
    { op: 'tick' },
    { op: 'begin', receipt: 0 },
    { op: 'fail', receipt: 0, how: 'final' },
    { op: 'confirm', call: 'clear', receipt: 0 },
  ],
];
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

/** Something will still happen to it by itself. */
const hasWork = ({ generations, bulks }: ModelReceipt) => generations.some(isLive) || bulks.waiting.length > 0;

/** What a healthy installation does by itself: I1 says that it ends every job. */
function nextRound(model: Model): Op[] {
  const all: Op[] = [
    { op: 'resume' },
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

let spare: number[] = [];
let ledgerId = '';
let lastJobNo = 0;

/** After a sequence that failed, its jobs would stand in the next one's way. */
async function startClean(): Promise<void> {
  // Theirs is among what goes.
  spare = [];
  await bench.db.query(
    `truncate pantry_queue.jobs, pantry_queue.replies, pantry_queue.events, pantry_queue.commands, pantry_queue.batches,
     pantry_queue.workers, pantry_queue.counters, pantry_queue.arrivals, pantry_queue.receipt_state`,
  );
  await bench.db.query(
    'truncate pantry_queue.tombstones, pantry_queue.caps, pantry_queue.bulks, pantry_queue.bulk_jobs',
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

async function play(ops: readonly Op[]): Promise<void> {
  if (spare.length < RECEIPTS) spare = await addReceipts(bench.db, 1_000);
  const model = emptyModel(RECEIPTS);
  const real = createRealQueue(bench, spare.splice(0, RECEIPTS), ledgerId);
  await real.beat(model);
  const step = async (op: Op) => {
    const answer = await real.perform(model, op);
    expect({ op, answer }).toEqual({ op, answer: apply(model, op) });
  };
  const compare = async (after: Op | 'the last round') => {
    expect({ after, jobs: await real.look() }).toEqual({ after, jobs: shown(model) });
    await real.lookAtBatches();
  };
  for (const op of ops) {
    await step(op);
    await compare(op);
  }
  for (let round = 0; model.receipts.some(hasWork); round++) {
    expect(round, 'every accepted job ends by itself').toBeLessThan(4);
    for (const op of nextRound(model)) await step(op);
    await compare('the last round');
  }
  if (model.paused) await step({ op: 'resume' });
  if (model.away) await step({ op: 'agent comes back' });
  if (model.receipts.some(isToForget)) {
    await step({ op: 'sweep' });
    await compare('the last round');
  }
  for (let round = 0; (await real.lookAtBatches()) > 0; round++) {
    expect(round, 'every batch ends when its members have').toBeLessThan(4);
    await step({ op: 'sweep' });
  }
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
      let failed = false;
      await fc.assert(
        fc.asyncProperty(sequence, async (ops) => {
          if (failed) await startClean();
          failed = true;
          await play(ops);
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
