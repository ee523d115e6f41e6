import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type HttpAgent, slowReader, startHttpAgent } from '../support/http-agent.ts';
import { randomFrom, SEED } from '../support/sample.ts';
import { expectOneResultEach, untilEnded } from '../support/witness.ts';
import { startLoad } from './support/load.ts';
import { topology, useTopology } from './support/use-topology.ts';
import { expectVerified } from './support/verified.ts';

const JOBS = Number(process.env.FAULT_JOBS ?? 2_000);
const TIMEOUT_MS = 30 * 60_000;
vi.setConfig({ testTimeout: TIMEOUT_MS, hookTimeout: TIMEOUT_MS });

/** Each in turn, in an order that the seed draws; Temporal once. */
const VICTIMS = ['api-1', 'worker-2', 'pgbouncer', 'api-1', 'worker-2', 'pgbouncer', 'temporal'] as const;

const queue = useTopology();
let agent: HttpAgent;
beforeAll(async () => {
  agent = await startHttpAgent(slowReader(100));
  await topology.workersWith({ AGENT_URL: agent.url, AGENT_SLOTS: '8' });
});
afterAll(async () => {
  await topology.workersWith({});
  await agent.close();
});

const random = randomFrom(SEED);
const drawn = VICTIMS.map((victim) => ({ victim, at: random() })).sort((a, b) => a.at - b.at);

it(`[P9] [I16] ${JOBS} jobs while a server, a worker, PgBouncer and Temporal are killed (seed ${SEED}): none lost, none doubled, each call paid once but those cut`, async () => {
  const load = await startLoad(queue, { jobs: JOBS, chunk: 25 });
  const accepted = load.accept(agent.untilCalls, Math.max(100, JOBS / 10));
  for (const { victim, at } of drawn) {
    // Counted in calls of the agent: a seed gives the same victims at the same calls.
    await agent.untilCalls(Math.floor(at * JOBS * 0.9) + 1);
    await topology.kill(victim);
    const isWorker = victim === 'worker-2';
    await topology.start(victim, isWorker ? { AGENT_URL: agent.url, AGENT_SLOTS: '8' } : {});
  }
  await accepted;
  await untilEnded(queue.db, load.ids, TIMEOUT_MS / 2);
  await expectOneResultEach(queue.db, load.ids, agent);
  const [ledger] = await queue.db.query<{ lost: number; paid: number }>(
    `select (select count(*)::int from pantry_queue.events e join pantry_queue.jobs j using (job_no)
             where e.kind = 'attempt_lost' and j.subject = any($1)) as lost,
            (select count(*)::int from pantry_queue.events e join pantry_queue.jobs j using (job_no)
             where e.kind = 'reply_stored' and j.subject = any($1)) as paid`,
    [load.ids],
  );
  expect(ledger?.paid).toBe(JOBS);
  const cut = agent.log.filter(({ ended }) => ended === 'cut').length;
  process.stderr.write(
    `${JOBS} jobs, ${drawn.length} kills: ${agent.log.length} calls, ${cut} cut, ${ledger?.lost} attempts lost\n`,
  );
  expect(agent.log.length).toBeLessThanOrEqual(JOBS + (ledger?.lost ?? 0));
  await expectVerified(queue.facts);
});
