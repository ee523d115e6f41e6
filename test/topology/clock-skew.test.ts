import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type HttpAgent, slowReader, startHttpAgent } from '../support/http-agent.ts';
import { expectOneResultEach, untilEnded } from '../support/witness.ts';
import { startLoad } from './support/load.ts';
import { addStoredReceipts } from './support/receipts.ts';
import { topology, useTopology } from './support/use-topology.ts';
import { expectVerified } from './support/verified.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const CLOCK = new URL('support/skewed-clock.mjs', import.meta.url).href;
const wrongBy = (seconds: number) => ({
  NODE_OPTIONS: `--import=${CLOCK}`,
  TEST_CLOCK_SKEW_S: `${seconds}`,
});

const queue = useTopology();
let agent: HttpAgent;
beforeAll(async () => {
  agent = await startHttpAgent(slowReader(300));
  const worker = { AGENT_URL: agent.url, AGENT_SLOTS: '4' };
  await Promise.all([
    topology.with('api-2', wrongBy(60)),
    topology.with('worker-1', worker),
    topology.with('worker-2', { ...worker, ...wrongBy(60) }),
    topology.with('worker-3', { ...worker, ...wrongBy(-60) }),
  ]);
});
afterAll(async () => {
  await topology.with('api-2');
  await topology.workersWith({});
  await agent.close();
});

const clock = async () => (await queue.db.query<{ now: Date }>('select now()'))[0]?.now ?? new Date(0);

it('[P9] jobs of processes whose clocks differ by 60 s are read once each, and nobody is taken for dead', async () => {
  const before = await clock();
  const load = await startLoad(queue, { jobs: 60, chunk: 20 });
  await load.accept(async () => {}, 0);
  await untilEnded(queue.db, load.ids, 120_000);
  await expectOneResultEach(queue.db, load.ids, agent);
  expect(agent.log.length).toBe(load.ids.length);
  const events = await queue.db.query<{ kind: string; first: Date; last: Date }>(
    `select e.kind, min(e.at) as first, max(e.at) as last from pantry_queue.events e
     join pantry_queue.jobs j using (job_no) where j.subject = any($1) group by 1`,
    [load.ids],
  );
  const after = await clock();
  expect(events.map(({ kind }) => kind)).not.toContain('attempt_lost');
  for (const { kind, first, last } of events) {
    expect({ kind, isInOrder: before <= first && first <= last && last <= after }).toEqual({ kind, isInOrder: true });
  }
  await expectVerified(queue.facts);
});

it('[P9] a delay, an address for an upload and a preview mean the same time at a server whose clock is 60 s ahead', async () => {
  const before = await clock();
  const [receipt_id = 0] = await addStoredReceipts(queue, 1, 7_003);
  const job = await queue.api2.enqueueOcr({ receipt_id, user_id: 7_003, delay_seconds: 3_600 });
  // Two readings of the database's clock, within one statement.
  const delayMs = Date.parse(job.run_at ?? '') - Date.parse(job.created_at);
  expect(Math.abs(delayMs - 3_600_000), `a delay of ${delayMs} ms`).toBeLessThan(1_000);
  expect(Date.parse(job.created_at)).toBeGreaterThanOrEqual(before.getTime());
  expect(Date.parse(job.created_at)).toBeLessThanOrEqual((await clock()).getTime());
  const { confirm_token } = await queue.api2.cancelJobs({ user_id: 7_003, status: ['scheduled'] });
  expect(await queue.api1.cancelJobs({ confirm_token })).toMatchObject({ bulk: { done: 1 } });
});
