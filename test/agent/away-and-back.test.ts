import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'vitest';
import type { ExtractRequest } from '../../src/contract/agent.ts';
import { addReceipts } from '../support/db.ts';
import { sendJson } from '../support/http-agent.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { replyFor } from '../support/replies.ts';

/** An agent that can be away in three ways, and has then forgotten what it was asked; it notes whom it has read. */
async function startAgent() {
  const read: number[] = [];
  let ready = false;
  let isSilent = false;
  const server: Server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (!ready) return void (isSilent || response.writeHead(503).end());
    if (incoming.method === 'GET') return sendJson(response, 200, {});
    const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExtractRequest;
    read.push(request.receipt_id);
    sendJson(response, 200, replyFor(request));
  });
  const listen = (at: number) => new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    read,
    become: {
      'not ready': async () => {},
      silent: async () => {
        isSilent = true;
      },
      'not there': () => new Promise<void>((resolve) => void server.close(() => resolve())),
    },
    async return() {
      ready = true;
      if (!server.listening) await listen(port);
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const AWAY = [
  ['not ready', { phase: 'parked', named: 3 }, /not ready/],
  ['not there', { phase: 'parked', named: 3 }, /cannot be reached/],
  // It has taken its calls, and only their time limit would end them.
  ['silent', { phase: 'agent', named: 0 }, /takes connections and does not answer/],
] as const;

describe.concurrent('[I14, I15] an agent that comes back', { timeout: 120_000 }, () => {
  it.for(AWAY)(
    'after it was %s is named until then, and reads what has waited within 15 s, without a restart or a charge',
    async ([away, waits, says], { expect, onTestFinished }) => {
      const agent = await startAgent();
      onTestFinished(agent.close);
      await agent.become[away]();
      const queue = await createInstallation({ settings: { agentUrl: agent.url, attemptTimeoutMs: 600_000 } });
      onTestFinished(() => queue.dispose());
      await queue.work();
      const info = () => queue.queue.queueInfo({}, asOwner);
      const named = { part: 'agent', message: expect.stringMatching(says), since: expect.any(String) };
      await expect.poll(async () => (await info()).problems, { timeout: 30_000 }).toMatchObject([named]);

      const ids = await addReceipts(queue.db, 3);
      for (const receipt_id of ids) await queue.queue.enqueueOcr({ receipt_id }, asOwner);
      for (const id of ids) await queue.waitFor(`ocr-${id}`, (job) => job.phase === waits.phase);
      await expect
        .poll(async () => (await info()).problems, { timeout: 30_000 })
        .toMatchObject([{ ...named, jobs: waits.named }]);

      await agent.return();
      for (const id of ids) {
        const read = await queue.waitFor(`ocr-${id}`, (job) => job.status === 'finished');
        expect(read).toMatchObject({ attempts_charged: 0 });
      }
      expect(agent.read.toSorted()).toEqual(ids.toSorted());
      await expect.poll(async () => (await info()).problems, { timeout: 30_000 }).toEqual([]);
    },
  );
});
