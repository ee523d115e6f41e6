import { setTimeout as pause } from 'node:timers/promises';
import { composeWorker } from '../../../src/compose-worker.ts';
import { installRuntime } from '../../../src/engine/workers.ts';
import { type Ailment, startAilingAgent } from '../ailing-agent.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { addReceipts, asOperator, openQueue, settingsFor, silent } from '../queue.ts';

const JOBS = 10_000;
const SLOTS = 20;
const WORKERS = 2;
/** How long the agent stays out of order after its breaker has opened. */
const ILL_MS = 30_000;
/** So many done jobs show how they come back. */
const DONE = 500;

interface Outage {
  readonly id: string;
  readonly what: string;
  readonly ailment: Ailment;
  readonly bounds: { readonly calls: number; readonly charged: number };
}

const OUTAGES: readonly Outage[] = [
  { id: 'dead', what: 'a dead agent', ailment: { ready: 503, call: 503 }, bounds: { calls: SLOTS, charged: 0 } },
  {
    id: 'failing',
    what: 'an agent that answers every call with HTTP 500',
    ailment: { ready: 200, call: 500 },
    // Those that open it, and those that are under way then.
    bounds: { calls: 2 * SLOTS, charged: 5 },
  },
];

/** Ten thousand jobs wait for an agent that is out of order, and then is not. */
export async function measureBreaker(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const outage of OUTAGES) figures.push(...(await measureOutage(bench, outage)));
  return figures;
}

async function measureOutage(bench: Bench, { id, what, ailment, bounds }: Outage): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const agent = await startAilingAgent(ailment);
  const databaseUrl = await bench.servers.createDatabase(`bench_breaker_${id}`);
  const settings = {
    ...settingsFor({ databaseUrl, imageDir, engine, agentSlots: SLOTS / WORKERS }),
    agentUrl: agent.url,
  };
  installRuntime(silent);
  const bases = [];
  for (let n = 0; n < WORKERS; n++) bases.push(await openQueue(settings));
  const [base] = bases;
  if (!base) throw new Error('there is no worker');
  const workers = bases.map((each) => composeWorker(settings, silent, each));
  const running = workers.map((worker) => worker.run());
  try {
    const count = async (what: string) =>
      (await base.db.query<{ n: number }>(`select coalesce(${what}, 0)::int as n from pantry_queue.jobs`))[0]?.n ?? 0;
    const done = () => count(`count(*) filter (where status = 'finished')`);
    await base.queue.enqueueBatchOcr({ receipt_ids: await addReceipts(base.db, JOBS) }, asOperator);
    await agent.firstCall;
    while ((await count('count(*) filter (where in_engine)')) > 0) await pause(100);
    const [probesBefore, isOpenAt] = [agent.probes.length, performance.now()];
    await pause(ILL_MS);
    const probes = agent.probes.slice(probesBefore);
    const seconds = ((probes.at(-1) ?? isOpenAt) - (probes[0] ?? isOpenAt)) / 1_000;
    const calls = agent.calls();
    const charged = await count('sum(attempts_charged)');

    agent.recover();
    const recoveredAt = performance.now();
    while ((await done()) === 0) await pause(20);
    const firstMs = performance.now() - recoveredAt;
    bench.say(`The agent is well; waiting until ${DONE} jobs are done`);
    while ((await done()) < DONE) await pause(100);
    const figure = (name: string, about: string, unit: string, value: number, atMost: number): Figure => ({
      ...{ id: `breaker_${id}_${name}`, unit, value, bound: { atMost } },
      what: about,
    });
    return [
      figure(
        'probes_per_second',
        `health checks of ${what}: ${JOBS} jobs wait, ${WORKERS} workers`,
        '/s',
        seconds > 0 ? (probes.length - 1) / seconds : 0,
        1,
      ),
      figure('calls', `calls in ${ILL_MS / 1_000} s and before`, 'calls', calls, bounds.calls),
      figure('charged', 'attempts charged meanwhile', 'attempts', charged, bounds.charged),
      figure('first_done', 'from its recovery to the first job done', 'ms', firstMs, 15_000),
      figure('most_calls', `most calls at once after that, of ${SLOTS} slots`, 'calls', agent.mostAtOnce(), SLOTS),
    ];
  } finally {
    for (const worker of workers) worker.stop();
    await Promise.all(running);
    for (const each of bases) await each.close();
    agent.close();
  }
}
