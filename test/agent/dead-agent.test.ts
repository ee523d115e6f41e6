import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { ExtractRequest } from '../../src/contract/agent.ts';
import { addReceipts } from '../support/db.ts';
import { sendJson } from '../support/http-agent.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';
import { ALL } from '../support/sample.ts';

const JOBS = ALL ? 10_000 : 500;
/** So many show how they come back; the full run waits for all. */
const DONE = ALL ? JOBS : 60;
const SLOTS = 4;
const WORKERS = 3;

/** An agent that answers its port and nothing else while it is dead; it counts what it is asked. */
async function startAgent() {
  const probes: number[] = [];
  const calls: number[] = [];
  let isDead = true;
  let atOnce = 0;
  let most = 0;
  let firstRead: () => void = () => {};
  const read = new Promise<void>((resolve) => {
    firstRead = resolve;
  });
  const server: Server = createServer(async (incoming, response) => {
    if (incoming.method === 'GET') {
      probes.push(Date.now());
      return void response.writeHead(isDead ? 503 : 200).end();
    }
    calls.push(Date.now());
    most = Math.max(most, ++atOnce);
    response.once('close', () => atOnce--);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (isDead) return void response.writeHead(503).end();
    const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExtractRequest;
    sendJson(response, 200, replyFor(request));
    firstRead();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    probes,
    calls,
    read,
    mostAtOnce: () => most,
    recover() {
      isDead = false;
      most = 0;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

it(
  '[Q16, I14] hundreds of jobs that wait for a dead agent cost it a few calls, no attempt and one probe a second over all workers; when it recovers they are read without a herd',
  async () => {
    const agent = await startAgent();
    onTestFinished(agent.close);
    const queue = await createInstallation({ settings: { agentUrl: agent.url, agentSlots: SLOTS } });
    onTestFinished(() => queue.dispose());
    for (let n = 0; n < WORKERS; n++) await queue.work();
    const ids = await addReceipts(queue.db, JOBS);
    await queue.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    const counts = async () => {
      const [row] = await queue.db.query<{ in_engine: number; charged: number; finished: number; failed: number }>(
        `select (count(*) filter (where in_engine))::int as in_engine, sum(attempts_charged)::int as charged,
         (count(*) filter (where status = 'finished'))::int as finished,
         (count(*) filter (where status = 'failed'))::int as failed from pantry_queue.jobs`,
      );
      return row;
    };
    await expect.poll(() => agent.calls.length, { timeout: 60_000 }).toBeGreaterThan(0);
    await expect.poll(counts, { timeout: 60_000 }).toMatchObject({ in_engine: 0, charged: 0 });

    // A stretch of the outage, as long as it takes for so many probes.
    const [before, calledBefore] = [agent.probes.length, agent.calls.length];
    await expect.poll(() => agent.probes.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(before + 6);
    const stretch = agent.probes.slice(before);
    const seconds = ((stretch.at(-1) ?? 0) - (stretch[0] ?? 0)) / 1_000;
    expect(stretch.length - 1).toBeLessThanOrEqual(Math.ceil(seconds));
    expect(calledBefore).toBeLessThanOrEqual(SLOTS * WORKERS);
    expect(agent.calls).toHaveLength(calledBefore);
    const { problems } = await queue.queue.queueInfo({}, asOwner);
    expect(problems).toMatchObject([{ part: 'agent', code: 'agent_unavailable', jobs: JOBS, who_acts: 'operator' }]);
    expect(await counts()).toMatchObject({ in_engine: 0, charged: 0, finished: 0, failed: 0 });

    agent.recover();
    await agent.read;
    await expect
      .poll(async () => (await counts())?.finished, { timeout: ALL ? 800_000 : 120_000 })
      .toBeGreaterThanOrEqual(DONE);
    expect(await counts()).toMatchObject({ charged: 0, failed: 0 });
    expect(agent.mostAtOnce()).toBeLessThanOrEqual(SLOTS * WORKERS);
    await expect.poll(async () => (await queue.queue.queueInfo({}, asOwner)).problems, { timeout: 30_000 }).toEqual([]);
  },
  ALL ? 900_000 : 180_000,
);
