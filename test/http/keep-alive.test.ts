import { Agent, type IncomingMessage, request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRelayQueue } from '../../mcp/relay-queue.ts';
import { createQueueClient } from '../../src/client/index.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { addReceipts } from '../support/db.ts';
import { asOwner } from '../support/owner.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { useHttpQueue } from './support/http-queue.ts';

const http = useHttpQueue();
/** Every limit but that of an idle connection is over long before the second request comes. */
const hasty = useHttpQueue({}, { headersMs: 50, requestMs: 50, unreadMs: 50, checkEveryMs: 10 });
/** Many times each of those limits. */
const LONGER_MS = 500;

/** What a proxy keeps an idle connection for, unless it is told otherwise. */
const PROXIES_KEEP_S = 60;

const DOORS: readonly (readonly [string, string, string | undefined])[] = [
  ['GET', '/livez', undefined],
  ['GET', '/queue', undefined],
  ['GET', '/jobs/ocr-999999', undefined],
  ['GET', '/nothing-here', undefined],
  ['POST', '/jobs', '{"receipt_id": 999999}'],
  ['POST', '/jobs', 'no JSON'],
];

function ask(agent: Agent, port: number, [method, path, body]: (typeof DOORS)[number]): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request({ agent, port, host: '127.0.0.1', method, path, headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer));
    });
    call.once('error', reject).end(body);
  });
}

function oneConnection(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}

describe('an idle connection', () => {
  it.each(DOORS)('[H3] after %s %s is kept for longer than proxies keep theirs, and says so', async (...door) => {
    const { headers } = await ask(oneConnection(), http.current.port, door);
    expect(headers.connection).toBe('keep-alive');
    expect(Number(/^timeout=(\d+)$/.exec(String(headers['keep-alive']))?.[1])).toBeGreaterThan(PROXIES_KEEP_S);
  });

  it('[H3] is ended by no other limit: each next request on it is answered', async () => {
    const agent = oneConnection();
    const first = await ask(agent, hasty.current.port, ['POST', '/jobs', '{"receipt_id": 999999}']);
    await new Promise((resolve) => setTimeout(resolve, LONGER_MS));
    const second = await ask(agent, hasty.current.port, ['GET', '/livez', undefined]);
    expect([first.statusCode, second.statusCode]).toEqual([404, 200]);
    expect(second.socket).toBe(first.socket);
  });
});

/** A client behind a proxy that keeps connections, with one of them kept. */
async function kept(resumesWaits: boolean) {
  const proxy = await startTcpProxy({ host: '127.0.0.1', port: http.current.port });
  onTestFinished(() => proxy.close());
  const client = createQueueClient({ url: `http://127.0.0.1:${proxy.port}`, resumesWaits });
  await client.queueInfo({}, asOwner);
  const [receiptId = 0] = await addReceipts(http.current.db, 1);
  return { proxy, client, receiptId };
}
const jobsOf = (receiptId: number) =>
  http.current.db.query('select generation from pantry_queue.jobs where subject = $1', [receiptId]);

describe('a kept connection that the other side has closed', () => {
  it('[H5] is replaced without a word', async () => {
    const { proxy, client, receiptId } = await kept(true);
    await proxy.endAll();
    expect(await client.enqueueOcr({ receipt_id: receiptId }, asOwner)).toMatchObject({ deduplicated: false });
    expect(proxy.opened()).toBe(2);
  });
});

describe('a kept connection that is cut at the moment a call is written to it', () => {
  it('[H5] costs a wait nothing', async () => {
    const { proxy, client, receiptId } = await kept(true);
    const { job_id } = await http.current.queue.enqueueOcr({ receipt_id: receiptId }, asOwner);
    await http.current.queue.cancelJob({ job_id }, asOwner);
    proxy.cutWhenUsed();
    expect(await client.getJobStatus({ job_id, wait_seconds: 20 }, asOwner)).toMatchObject({ status: 'canceled' });
  });

  it('[H5] is named to the caller of a single call, who repeats it safely', async () => {
    const { proxy, client, receiptId } = await kept(true);
    proxy.cutWhenUsed();
    const enqueue = () => client.enqueueOcr({ receipt_id: receiptId }, asOwner);
    await expect(enqueue()).rejects.toMatchObject({ code: 'queue_unreachable', cause: expect.anything() });
    expect(await enqueue()).toMatchObject({ deduplicated: false });
    expect(await jobsOf(receiptId)).toHaveLength(1);
  });

  it('[M5] is not even seen by the caller of a relay', async () => {
    const { proxy, client, receiptId } = await kept(false);
    const relay = createRelayQueue({
      locate: () => `http://127.0.0.1:${proxy.port}`,
      start: undefined,
      startLimitMs: { withProgress: 1_000, silent: 1_000 },
      restartMs: 10_000,
      connect: () => client as QueueApi,
      hints: { toStart: 'pantry-queue up', startLog: '' },
    });
    proxy.cutWhenUsed();
    expect(await relay.enqueueOcr({ receipt_id: receiptId }, asOwner)).toMatchObject({ deduplicated: false });
    expect(await jobsOf(receiptId)).toHaveLength(1);
  });
});
