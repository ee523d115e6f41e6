/** A process that makes thousands of calls and tells what is still in its memory afterwards. Needs --expose-gc. */
import { getEventListeners, setMaxListeners } from 'node:events';
import { Agent, IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { createMcpHttpHandler } from '../../../mcp/http.ts';
import { createHttpAgent } from '../../../src/agent/http-agent.ts';
import { createQueueClient } from '../../../src/client/index.ts';
import { createHttpApp } from '../../../src/http/app.ts';
import { listen } from '../../../src/http/listen.ts';
import { createOpenPrincipal } from '../../../src/http/principal.ts';
import { createFakeQueue } from '../../mcp/support/fake-queue.ts';
import { sendJson, startHttpAgent } from '../../support/http-agent.ts';
import { replyFor } from '../../support/replies.ts';

const CALLS = 200;
const AT_ONCE = 20;

const never = () => Promise.reject(new Error('not called'));
const log = { info() {}, warn() {}, error() {} };
const longLived = new AbortController();
setMaxListeners(0, longLived.signal);
const fake = createFakeQueue();
const { queue } = fake;
const principalOf = createOpenPrincipal();
const app = createHttpApp({
  queue,
  streams: { events: never },
  blobs: { read: never },
  cropper: { crop: never },
  log,
  principalOf,
  mcp: createMcpHttpHandler({ queue, logger: log }),
  spoolDir: '/nowhere',
  passImage: (bytes) => bytes,
  openUpload: () => Promise.reject(new Error('nothing is uploaded in this test')),
  ready: async () => ({ ok: true, parts: {} }),
  closing: longLived.signal,
  version: '0.0.0',
});
const { port } = await listen({ fetch: app.fetch, host: '127.0.0.1', port: 0, log });
const url = `http://127.0.0.1:${port}`;
const client = createQueueClient({ url });
const reader = await startHttpAgent((request, response) => sendJson(response, 200, replyFor(request)));
const agent = createHttpAgent({ url: reader.url });

/** Node's own client: `fetch` would leave things of its own. */
const connections = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
function send(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method, headers, agent: connections };
    const sent = request(options, (response) => response.resume().once('end', resolve));
    sent.once('error', reject);
    sent.end(body);
  });
}
const get = (path: string) => () => send('GET', path);
const post = (path: string, body: unknown, accept: string) => () =>
  send('POST', path, { 'content-type': 'application/json', accept }, JSON.stringify(body));
const tool = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'queue_info', arguments: {} } };

/** By what is called: each is made thousands of times. */
const CASES: Readonly<Record<string, () => Promise<void>>> = {
  'GET /jobs/{job_id}': get('/jobs/ocr-17'),
  'GET /jobs/{job_id}?wait_seconds=45': get('/jobs/ocr-17?wait_seconds=45'),
  'POST /jobs': post('/jobs', { receipt_id: 17 }, '*/*'),
  'a refused POST /jobs': post('/jobs', { receipt_id: 'x' }, '*/*'),
  'GET /livez': get('/livez'),
  'an address that does not exist': get('/nothing'),
  'a refused page': () => send('GET', '/queue', { origin: 'http://evil.example' }),
  'a tool over MCP': post('/mcp', tool, 'application/json, text/event-stream'),
  'a caller who has gone': () =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('GET /queue HTTP/1.1\r\nHost: localhost\r\n\r\n', () => socket.destroy());
      });
      socket.once('close', () => resolve());
    }),
  'the client': async () => void (await client.queueInfo({}, { signal: longLived.signal })),
  'the client of an agent': async () => {
    const asked = { receipt_id: 17, image_path: 'minio://receipts/a.jpg', user_id: 1, job_id: 'ocr-17' };
    const options = { idempotencyKey: 'k', deadlineMs: 600_000, signal: longLived.signal };
    await agent.extract(asked, options);
    reader.log.length = 0;
  },
};

async function make(call: () => Promise<void>, times: number): Promise<void> {
  for (let made = 0; made < times; made += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, call));
  // The fake notes every call with its context.
  fake.calls.length = 0;
}

const KINDS = { AbortSignal, IncomingMessage } as const;

/** Signals that AbortSignal.any made of this one: it keeps them in a list of its own, for as long as it lives. */
function dependents(signal: AbortSignal): number {
  const fields = signal as unknown as Record<symbol, { readonly size?: number } | undefined>;
  const sizes = Object.getOwnPropertySymbols(signal)
    .filter((field) => /depend/i.test(String(field)))
    .map((field) => fields[field]?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Counting stops the process for seconds, so it is done once, after all calls. */
async function kept(): Promise<Record<string, number>> {
  for (let round = 0; round < 3; round++) {
    await delay(20);
    globalThis.gc?.();
  }
  const count = (kind: unknown) => queryObjects(kind as never, { format: 'count' }) as unknown as number;
  const objects = Object.entries(KINDS).map(([name, kind]): [string, number] => [name, count(kind)]);
  const { signal } = longLived;
  const left = { listeners: getEventListeners(signal, 'abort').length, dependents: dependents(signal) };
  return { ...Object.fromEntries(objects), ...left };
}

for (const call of Object.values(CASES)) await make(call, CALLS);
process.send?.({ cases: Object.keys(CASES).length, calls: CALLS, kept: await kept() });
process.exit(0);
