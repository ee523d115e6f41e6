import { expect, it, vi } from 'vitest';
import { sendJson, startHttpAgent } from '../support/http-agent.ts';
import { replyFor } from '../support/replies.ts';
import { untilEnded } from '../support/witness.ts';
import { startLoad } from './support/load.ts';
import { WORKERS } from './support/topology.ts';
import { topology, useTopology } from './support/use-topology.ts';

vi.setConfig({ testTimeout: 10 * 60_000 });

const SLOTS = 4;
const JOBS = 60;
/** So long that the agent is the limit, not the processors: three workers begin five calls a second. */
const AGENT_MS = 2_500;

const queue = useTopology();

/** An agent that takes a fixed time, and knows how many it served at once. */
async function startFixedAgent() {
  let serving = 0;
  let mostAtOnce = 0;
  const agent = await startHttpAgent(async (request, response) => {
    mostAtOnce = Math.max(mostAtOnce, ++serving);
    await new Promise((resolve) => setTimeout(resolve, AGENT_MS));
    serving--;
    sendJson(response, 200, replyFor(request));
  });
  return { ...agent, mostAtOnce: () => mostAtOnce };
}

/** The same load over so many workers: what the agent saw of it, and which worker made how many of its calls. */
async function measure(workers: readonly (typeof WORKERS)[number][]) {
  const agent = await startFixedAgent();
  const env = { AGENT_URL: agent.url, AGENT_SLOTS: `${SLOTS}` };
  await Promise.all(WORKERS.map((name) => topology.stop(name)));
  await Promise.all(workers.map((name) => topology.start(name, env)));
  const load = await startLoad(queue, { jobs: JOBS, chunk: 20 });
  await load.accept(async () => {}, 0);
  await untilEnded(queue.db, load.ids, 300_000);
  const starts = agent.log.map(({ startedAt }) => startedAt).sort((a, b) => a - b);
  const seconds = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1_000;
  const shares = await queue.db.query<{ worker: string; calls: number }>(
    `select e.data ->> 'worker' as worker, count(*)::int as calls from pantry_queue.events e
     join pantry_queue.jobs j using (job_no) where e.kind = 'attempt_started' and j.subject = any($1) group by 1 order by 1`,
    [load.ids],
  );
  await agent.close();
  const slots = workers.length * SLOTS;
  // The first call of each slot begins at once: those after them say how fast slots become free and are filled.
  return { calls: agent.log.length, atOnce: agent.mostAtOnce(), perSecond: (JOBS - slots) / seconds, shares };
}

it('[W2] three workers share the jobs evenly, keep every slot of the agent busy and do at least 1.8 times the work of one', async () => {
  const one = await measure(WORKERS.slice(0, 1));
  const three = await measure(WORKERS);
  await topology.workersWith({});
  const ratio = three.perSecond / one.perSecond;
  process.stderr.write(
    `one worker ${one.perSecond.toFixed(2)} jobs/s, three ${three.perSecond.toFixed(2)} (${ratio.toFixed(2)}×): ${three.shares.map(({ calls }) => calls).join(', ')}\n`,
  );
  expect([one.calls, three.calls]).toEqual([JOBS, JOBS]);
  expect([one.atOnce, three.atOnce]).toEqual([SLOTS, WORKERS.length * SLOTS]);
  expect(three.shares.map(({ worker }) => worker)).toEqual(WORKERS);
  // Half of an even share is the least that any of them has.
  expect(Math.min(...three.shares.map(({ calls }) => calls))).toBeGreaterThanOrEqual(JOBS / WORKERS.length / 2);
  expect(ratio).toBeGreaterThanOrEqual(1.8);
});
