import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeWorker } from '../../../src/compose-worker.ts';
import type { ExtractRequest } from '../../../src/contract/agent.ts';
import { installRuntime } from '../../../src/engine/workers.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { noOpAgent } from '../no-op-agent.ts';
import { addReceipts, asOperator, openQueue, settingsFor, silent } from '../queue.ts';

const JOBS = 10_000;
const SLOTS = 20;
/** How long the agent is dead after the first call. */
const DEAD_MS = 20_000;

/** An agent that is dead until it recovers, and counts what it is asked. */
async function startDeadAgent() {
  const alive = noOpAgent();
  const counted = { probes: 0, calls: 0, atOnce: 0, most: 0 };
  let isDead = true;
  let called: () => void = () => {};
  const firstCall = new Promise<void>((resolve) => {
    called = resolve;
  });
  const server = createServer(async (incoming, response) => {
    if (incoming.method === 'GET') {
      counted.probes++;
      return void response.writeHead(isDead ? 503 : 200).end();
    }
    counted.calls++;
    called();
    counted.most = Math.max(counted.most, ++counted.atOnce);
    response.once('close', () => counted.atOnce--);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (isDead) return void response.writeHead(503).end();
    const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExtractRequest;
    const options = { idempotencyKey: '', deadlineMs: 0, signal: new AbortController().signal };
    response.writeHead(200, { 'content-type': 'application/json' }).end(await alive.extract(request, options));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counted,
    firstCall,
    recover() {
      isDead = false;
      counted.most = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Ten thousand jobs wait for an agent that is dead, and then is not: one installation with two workers. */
export async function measureBreaker(bench: Bench): Promise<Figure[]> {
  const { engine, imageDir } = bench.servers;
  const agent = await startDeadAgent();
  const databaseUrl = await bench.servers.createDatabase('bench_breaker');
  const settings = { ...settingsFor({ databaseUrl, imageDir, engine, agentSlots: SLOTS / 2 }), agentUrl: agent.url };
  installRuntime(silent);
  const base = await openQueue(settings);
  const workers = [1, 2].map(() => composeWorker(settings, silent, base));
  const running = workers.map((worker) => worker.run());
  try {
    const read = async () => {
      const [row] = await base.db.query<{ charged: number; done: number; in_engine: number }>(
        `select coalesce(sum(attempts_charged), 0)::int as charged, (count(*) filter (where status = 'finished'))::int as done,
           (count(*) filter (where in_engine))::int as in_engine from pantry_queue.jobs`,
      );
      return row ?? { charged: 0, done: 0, in_engine: 0 };
    };
    await base.queue.enqueueBatchOcr({ receipt_ids: await addReceipts(base.db, JOBS) }, asOperator);
    await agent.firstCall;
    while ((await read()).in_engine > 0) await pause(100);
    const before = { ...agent.counted, at: performance.now() };
    await pause(DEAD_MS);
    const seconds = (performance.now() - before.at) / 1_000;
    const probes = (agent.counted.probes - before.probes) / seconds;
    const calls = agent.counted.calls;
    const { charged } = await read();

    agent.recover();
    const recovered = performance.now();
    while ((await read()).done === 0) await pause(20);
    const first = performance.now() - recovered;
    bench.say(`The agent is back; waiting until 1,000 jobs are done`);
    while ((await read()).done < 1_000) await pause(200);
    return [
      {
        id: 'breaker_probes_per_second',
        what: `health checks of a dead agent, ${JOBS} jobs waiting, two workers`,
        unit: '/s',
        value: probes,
        bound: { atMost: 1 },
      },
      {
        id: 'breaker_calls',
        what: 'calls that found it dead',
        unit: 'calls',
        value: calls,
        bound: { atMost: SLOTS },
      },
      {
        id: 'breaker_attempts_charged',
        what: 'attempts charged while it was dead',
        unit: 'attempts',
        value: charged,
        bound: { atMost: 0 },
      },
      {
        id: 'breaker_first_done_ms',
        what: 'from its recovery to the first job done',
        unit: 'ms',
        value: first,
        bound: { atMost: 15_000 },
      },
      {
        id: 'breaker_most_calls',
        what: `most calls at once after that (${SLOTS} slots)`,
        unit: 'calls',
        value: agent.counted.most,
        bound: { atMost: SLOTS },
      },
    ];
  } finally {
    for (const worker of workers) worker.stop();
    await Promise.all(running);
    await base.close();
    agent.close();
  }
}
