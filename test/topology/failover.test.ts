import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type HttpAgent, slowReader, startHttpAgent } from '../support/http-agent.ts';
import { expectOneResultEach, untilEnded } from '../support/witness.ts';
import { startLoad } from './support/load.ts';
import { addStoredReceipts } from './support/receipts.ts';
import { topology, useTopology } from './support/use-topology.ts';
import { expectVerified } from './support/verified.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const JOBS = 80;

const queue = useTopology();
let agent: HttpAgent;
beforeAll(async () => {
  agent = await startHttpAgent(slowReader(500));
  await topology.workersWith({ AGENT_URL: agent.url, AGENT_SLOTS: '4' });
});
afterAll(async () => {
  await topology.workersWith({});
  await agent.close();
});

const readiness = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: await response.json() };
};

it('[P9] when PostgreSQL dies and its standby takes over, read-only at first, calls answer 503 with their reason, and each accepted job is read once', async () => {
  await topology.postgres('prepare');
  const load = await startLoad(queue, { jobs: JOBS, chunk: 20 });
  await load.accept(async () => {}, 0);
  await agent.untilCalls(10);
  await topology.postgres('failOver');

  for (const [name, url] of Object.entries(queue.facts.apis)) {
    await vi.waitFor(
      async () =>
        expect({ name, ...(await readiness(url)) }).toMatchObject({
          name,
          status: 503,
          body: { parts: { ledger: 'read_only' } },
        }),
      { timeout: 60_000, interval: 250 },
    );
    const refused = await fetch(`${url}/jobs/ocr-${Math.max(...load.ids)}/cancel`, { method: 'POST' });
    expect({ name, status: refused.status, retryAfter: refused.headers.get('retry-after') }).toEqual({
      name,
      status: 503,
      retryAfter: expect.stringMatching(/^\d+$/),
    });
    expect(await refused.json()).toMatchObject({ code: 'ledger_unavailable' });
  }

  await topology.postgres('promote');
  await untilEnded(queue.db, load.ids, 200_000);
  await expectOneResultEach(queue.db, load.ids, agent);
  const [receipt_id = 0] = await addStoredReceipts(queue, 1);
  const { job_id } = await vi.waitFor(() => queue.api1.enqueueOcr({ receipt_id }), { timeout: 60_000, interval: 250 });
  expect(await queue.api2.getJobStatus({ job_id, wait_seconds: 45 })).toMatchObject({ status: 'finished' });
  await expectVerified(queue.facts);
});
