import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { Composed } from '../../../src/compose.ts';
import { composeWorker } from '../../../src/compose-worker.ts';
import { connectWorkers, installRuntime } from '../../../src/engine/workers.ts';
import type { Bench } from '../bench.ts';
import { COST_MODEL, countJob } from '../cost-model.ts';
import { endedJobs } from '../ended-jobs.ts';
import { type Figure, median, spreadOf } from '../figure.ts';
import { noOpAgent } from '../no-op-agent.ts';
import { addReceipts, asOperator, openQueue, settingsFor, silent } from '../queue.ts';
import { compareRounds } from '../rounds.ts';

/** In flight on either side: twice the agent slots is the gate's window. */
const SLOTS = 20;
const LANES = 2 * SLOTS;
const JOBS = 300;

async function startRaw(bench: Bench, base: Composed) {
  const { engine } = bench.servers;
  const taskQueue = 'bench-raw';
  const { connection } = await connectWorkers(engine);
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../raw-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const worker = await Worker.create({
    connection,
    namespace: engine.namespace,
    taskQueue,
    workflowBundle,
    activities: { async nothing() {} },
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentActivityTaskExecutions: SLOTS,
    maxCachedWorkflows: 500,
  });
  const running = worker.run();
  let started = 0;
  return {
    async rate(count: number): Promise<number> {
      let left = count;
      const startedAt = performance.now();
      await Promise.all(
        Array.from({ length: LANES }, async () => {
          while (left-- > 0) {
            await base.client.workflow.execute('oneActivity', { workflowId: `raw-${++started}`, taskQueue });
          }
        }),
      );
      return (count * 1000) / (performance.now() - startedAt);
    },
    async stop() {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

/** A whole installation in this process: gate, worker, an agent that answers at once. */
export async function measureExecution(bench: Bench): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const databaseUrl = await bench.servers.createDatabase('bench_execution');
  const settings = settingsFor({ databaseUrl, imageDir, engine, agentSlots: SLOTS });
  const ended = endedJobs();
  const called = new Map<number, () => void>();
  installRuntime(silent);
  const base = await openQueue(settings);
  try {
    const cost = await countJob(base, settings);
    const worker = composeWorker(
      settings,
      ended.log,
      base,
      noOpAgent((id) => called.get(id)?.()),
    );
    const working = worker.run();
    const raw = await startRaw(bench, base);
    let jobs = 0;
    const ours = async (count: number): Promise<number> => {
      const ids = await addReceipts(base.db, count);
      const startedAt = performance.now();
      await base.queue.enqueueBatchOcr({ receipt_ids: ids }, asOperator);
      jobs += count;
      await ended.until(jobs);
      return (count * 1000) / (performance.now() - startedAt);
    };
    const rate = await compareRounds(
      6,
      1,
      () => ours(JOBS),
      () => raw.rate(JOBS),
    );

    const waits: number[] = [];
    for (let i = 0; i < 40; i++) {
      const [id = 0] = await addReceipts(base.db, 1);
      const reached = new Promise<void>((resolve) => called.set(id, resolve));
      const startedAt = performance.now();
      await base.queue.enqueueOcr({ receipt_id: id }, asOperator);
      await reached;
      waits.push(performance.now() - startedAt);
      await ended.until(++jobs);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await raw.stop();
    worker.stop();
    await working;

    const perJob = (kind: string) =>
      COST_MODEL.filter((row) => row.per === 'job' && row.kind === kind).reduce((sum, row) => sum + row.count, 0);
    const perRound = COST_MODEL.filter((row) => row.per === 'round').reduce((sum, row) => sum + row.count, 0);
    if (cost.unknown.length > 0) throw new Error(`statements outside of the cost model: ${cost.unknown.join('; ')}`);
    return [
      {
        id: 'jobs_per_second',
        what: 'jobs with an agent that answers at once',
        unit: 'jobs/s',
        value: rate.ours,
        baseline: { what: 'a raw workflow of one activity on the same Temporal', value: rate.baseline },
        ratio: rate.ratio,
        spread: rate.ratioSpread,
        bound: { atLeast: 0.6 },
      },
      {
        id: 'idle_to_agent',
        what: 'enqueue to the call of the agent while idle, p50',
        unit: 'ms',
        value: median(waits),
        spread: spreadOf(waits),
        bound: { atMost: 100 },
      },
      {
        id: 'history_events',
        what: 'history of a healthy job',
        unit: 'events',
        value: cost.historyEvents,
        bound: { atMost: 14 },
      },
      { id: 'history_bytes', what: 'history of a healthy job', unit: 'bytes', value: cost.historyBytes },
      {
        id: 'commits',
        what: 'commits that write, a job, besides its share of a round of the gate',
        unit: '',
        value: perJob('writes'),
      },
      {
        id: 'round_trips',
        what: 'round trips to the ledger a job',
        unit: '',
        value: perJob('writes') + perJob('reads'),
      },
      { id: 'round_trips_gate', what: 'round trips a round of the gate', unit: '', value: perRound },
      {
        id: 'notifications',
        what: 'notifications of the job that was counted',
        unit: '',
        value: cost.notifications,
        bound: { atMost: 5 },
      },
    ];
  } finally {
    await base.close();
  }
}
