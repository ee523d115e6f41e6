import { setTimeout as pause } from 'node:timers/promises';
import type { Composed } from '../../../src/compose.ts';
import { composeWorker } from '../../../src/compose-worker.ts';
import type { Priority } from '../../../src/contract/job.ts';
import { installRuntime } from '../../../src/engine/workers.ts';
import type { Agent, Log } from '../../../src/ports.ts';
import type { Bench } from '../bench.ts';
import { type Figure, percentile } from '../figure.ts';
import { noOpAgent } from '../no-op-agent.ts';
import { addReceipts, asOperator, openQueue, settingsFor, silent } from '../queue.ts';

const SLOTS = 4;
/** So long that the machine has little to do: what is measured is whose turn it is. */
const READING_MS = 1_000;
const QUEUED = 5_000;
const SAMPLES = 20;
const SAMPLES_IN_FULL = 60;
/** Who has them, and who waits beside. */
const [NOISY, OTHER] = [1, 2];

interface Turn {
  /** From the call that accepts it to the call of the agent, and to its end. */
  readonly waitMs: number;
  readonly doneMs: number;
}

/** An agent that takes its time, and says which receipt it begins with. */
function readingAgent(onCall: (receiptId: number) => void): Agent {
  const agent = noOpAgent(onCall);
  return {
    async extract(request, options) {
      const reply = await agent.extract(request, options);
      await pause(READING_MS);
      return reply;
    },
  };
}

/** One owner has thousands of jobs queued: what the next job of another owner waits, and an urgent one of its own. */
export async function measureFairness(bench: Bench): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const databaseUrl = await bench.servers.createDatabase('bench_fairness');
  const settings = settingsFor({ databaseUrl, imageDir, engine, agentSlots: SLOTS });
  const called = new Map<number, () => void>();
  const ended = new Map<number, () => void>();
  installRuntime(silent);
  const base = await openQueue(settings);
  const agent = readingAgent((id) => called.get(id)?.());
  const log: Log = {
    ...silent,
    info({ job_id }, event) {
      if (event === 'job.ended') ended.get(Number(String(job_id).replace('ocr-', '')))?.();
    },
  };
  const worker = composeWorker(settings, log, base, agent);
  const working = worker.run();

  async function turn(userId: number, priority: Priority): Promise<Turn> {
    const [id = 0] = await addReceipts(base.db, 1, userId);
    const told = (when: Map<number, () => void>) => new Promise<void>((resolve) => when.set(id, resolve));
    const [call, end] = [told(called), told(ended)];
    // At any moment of the readings that are under way.
    await pause(READING_MS * Math.random());
    const acceptedAt = performance.now();
    await base.queue.enqueueOcr({ receipt_id: id, priority }, asOperator);
    await call;
    const waitMs = performance.now() - acceptedAt;
    await end;
    return { waitMs, doneMs: performance.now() - acceptedAt };
  }
  const samples = bench.full ? SAMPLES_IN_FULL : SAMPLES;
  const turns = async (userId: number, priority: Priority) => {
    const all: Turn[] = [];
    for (let n = 0; n < samples; n++) all.push(await turn(userId, priority));
    return all;
  };

  try {
    await turn(OTHER, 'default');
    const alone = await turns(OTHER, 'default');
    bench.say(`${QUEUED} jobs of one owner are queued`);
    await enqueueAll(base, QUEUED, 'default');
    const low = await enqueueAll(base, SLOTS, 'low');
    const beside = await turns(OTHER, 'default');
    const urgent = await turns(NOISY, 'high');
    const [early] = await base.db.query<{ n: number }>(
      'select count(*)::int as n from pantry_queue.jobs where subject = any ($1) and attempt > 0',
      [low],
    );
    const p95 = (measured: readonly Turn[], of: keyof Turn) =>
      percentile(
        measured.map((each) => each[of]),
        0.95,
      );
    const figure = (id: string, what: string, measured: readonly Turn[], of: keyof Turn): Figure => {
      const [value, unloaded] = [p95(measured, of), p95(alone, of)];
      const baseline = { what: 'a job of that owner with nobody else in the queue', value: unloaded };
      return { id, what: `${what}, p95`, unit: 'ms', value, baseline, ratio: value / unloaded };
    };
    const besideQueued = `while another owner has ${QUEUED.toLocaleString('en')} queued`;
    const bound = { atMost: 2 };
    return [
      { ...figure('fair_done', `enqueue to the end of the job ${besideQueued}`, beside, 'doneMs'), bound },
      figure('fair_wait', `enqueue to the call of the agent ${besideQueued}`, beside, 'waitMs'),
      {
        ...figure('high_done', 'a job of high priority behind those 5,000 of its owner, to its end', urgent, 'doneMs'),
        bound,
      },
      {
        id: 'low_first',
        what: 'jobs of low priority that began before the others of their owner',
        unit: 'jobs',
        value: early?.n ?? 0,
        bound: { atMost: 0 },
      },
    ];
  } finally {
    worker.stop();
    await working;
    await base.close();
  }
}

async function enqueueAll({ db, queue }: Composed, count: number, priority: Priority): Promise<number[]> {
  const receipt_ids = await addReceipts(db, count, NOISY);
  await queue.enqueueBatchOcr({ receipt_ids, priority }, asOperator);
  return receipt_ids;
}
