import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { ExtractRequest } from '../src/contract/agent.ts';
import { CANARY, canaryCalls } from './support/canaries.ts';
import { useDatabase } from './support/db.ts';
import { type HttpAgent, sendJson, startHttpAgent } from './support/http-agent.ts';
import { type Collector, startCollector } from './support/otlp.ts';
import { replyFor } from './support/replies.ts';
import { runBuilt } from './support/run-built.ts';
import { createBucket } from './support/s3.ts';
import { startTemporal, type TestTemporal } from './support/temporal.ts';
import { startWatchedQueue, type WatchedQueue } from './support/watched-queue.ts';

const database = useDatabase();
const PHOTO = readFileSync('assets/receipts/contoso-receipt-2.jpg');

/** What the agent does with the nth receipt: each way in which its words could get somewhere. */
const REPLIES: readonly ((request: ExtractRequest, response: Parameters<typeof sendJson>[0]) => void)[] = [
  (request, response) => {
    const reply = replyFor(request, { merchant_name: `${CANARY} Shop` });
    const items = reply.items.map((item) => ({ ...item, item_name: `${CANARY} bread` }));
    sendJson(response, 200, { ...reply, items, raw_text: `${CANARY}\nTotal 12.50`, error_message: CANARY });
  },
  (_, response) => sendJson(response, 422, { detail: CANARY, error: { message: CANARY } }),
  (_, response) =>
    void response.writeHead(400, CANARY, { 'content-type': 'text/plain', 'x-detail': CANARY }).end(CANARY),
  (request, response) => sendJson(response, 200, { ...replyFor(request), success: false, error_message: CANARY }),
  (request, response) => sendJson(response, 200, { ...replyFor(request), receipt_id: 1, error_message: CANARY }),
  (_, response) => void response.writeHead(200).end(`${CANARY} is no JSON`),
  // The database refuses this one, and names the row in its detail.
  (request, response) => sendJson(response, 200, replyFor(request, { merchant_name: `${CANARY} refused` })),
];

let temporal: TestTemporal;
let folder = '';
let collector: Collector;
let agent: HttpAgent;
let queue: WatchedQueue;
let key = '';
let strangersKey = '';
let secret = '';
const receipts: number[] = [];
const jobs: string[] = [];
const imageUrls: string[] = [];
const told: { readonly as: string; readonly path: string; readonly text: string }[] = [];
const receiver = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(500, { 'x-detail': CANARY }).end(CANARY));
});

async function call(path: string, init: RequestInit = {}, by = key): Promise<Response> {
  const headers = { authorization: `Bearer ${by}`, ...(init.headers as Record<string, string>) };
  return fetch(`${queue.url}${path}`, { ...init, headers });
}
const json = { 'content-type': 'application/json' };
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });

async function makeKey(tenant: string): Promise<string> {
  const args = ['keys', 'create', '--name', 'first', '--scopes', 'all', '--tenant', tenant];
  const { stdout, stderr } = await runBuilt(args, { DATABASE_URL: database.url });
  expect(stderr + stdout).toContain('pq_');
  return stdout.trim();
}

async function upload(nth: number): Promise<void> {
  const form = new FormData();
  const bytes = Buffer.concat([PHOTO, Buffer.from(`${CANARY}-${nth}`)]);
  form.append(
    'file',
    new Blob([bytes as Uint8Array<ArrayBuffer>], { type: `image/${CANARY}` }),
    `${CANARY}-${nth}.jpg`,
  );
  const response = await call('/receipts', {
    method: 'POST',
    body: form,
    headers: { 'idempotency-key': `${CANARY}-${nth}` },
  });
  const added = (await response.json()) as { id: number; job_id: string };
  expect(response.ok, JSON.stringify(added)).toBe(true);
  receipts.push(added.id);
  jobs.push(added.job_id);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pantry-canaries-'));
  temporal = await startTemporal({ file: path.join(folder, 'temporal.db') });
  collector = await startCollector();
  agent = await startHttpAgent((request, response) => {
    if (request.image_url) imageUrls.push(request.image_url);
    REPLIES[receipts.indexOf(request.receipt_id) % REPLIES.length]?.(request, response);
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const s3 = inject('s3');
  await createBucket(s3, 'canaries');
  queue = await startWatchedQueue({
    ...{ DATABASE_URL: database.url, AGENT_URL: agent.url, TEMPORAL_ADDRESS: temporal.address, AUTH: 'required' },
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, LOG_LEVEL: 'trace', IMAGE_BUCKET: 'canaries' },
    ...{ S3_ENDPOINT: s3.endpoint, S3_REGION: s3.region },
    ...{ S3_ACCESS_KEY_ID: s3.accessKeyId, S3_SECRET_ACCESS_KEY: s3.secretAccessKey },
  });
  key = await makeKey('default');
  strangersKey = await makeKey('acme');
  await database.db.query(
    `alter table public.receipts add constraint no_canary check (merchant_name <> '${CANARY} refused')`,
  );
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${CANARY}`;
  const hook = await post('/webhooks', { url, events: ['job.finished', 'job.failed'], description: CANARY });
  ({ secret } = (await hook.json()) as { secret: string });
  expect(secret).toContain('whsec_');
  for (const nth of REPLIES.keys()) await upload(nth);
  await agent.untilCalls(REPLIES.length);
  // The others are tried again, some of them for minutes.
  const ended = [jobs[0], jobs[1], jobs.at(-1)];
  await vi.waitFor(
    async () => {
      const waited = await post('/jobs/wait', { job_ids: ended, until: 'all', wait_seconds: 20 });
      expect(await waited.json()).toMatchObject({ met: true });
    },
    { timeout: 120_000 },
  );

  const ids = { receipt_id: receipts[0], job_id: jobs[0], receipt_ids: receipts, job_ids: jobs };
  for (const { method, path: at, body } of canaryCalls(ids)) {
    const init = { method, ...(body === undefined ? {} : { headers: json, body }) };
    await (await call(at, init)).body?.cancel();
  }
  const accept = { accept: 'application/json, text/event-stream' };
  for (const name of ['find_jobs', 'get_receipt', 'enqueue_ocr', CANARY]) {
    const args = { merchant: CANARY, receipt_id: CANARY, job_id: CANARY, [CANARY]: CANARY };
    const params = { name, arguments: args, _meta: { traceparent: CANARY, progressToken: CANARY } };
    await post('/mcp', { jsonrpc: '2.0', id: CANARY, method: 'tools/call', params }, accept);
    await post('/mcp', { jsonrpc: '2.0', id: 1, method: CANARY, params }, accept);
  }
  const odd = {
    'user-agent': CANARY,
    'x-request-id': `${CANARY} is no id`,
    traceparent: CANARY,
    cookie: `${CANARY}=${CANARY}`,
    referer: `https://x.example/${CANARY}`,
  };
  await call(`/${CANARY}?text=${CANARY}`, { headers: odd });
  await call('/jobs', {}, `pq_${CANARY}_${CANARY}`);
  await call('/jobs', {}, `${CANARY}.${CANARY}.${CANARY}`);
  await call('/session', { method: 'POST', headers: json, body: JSON.stringify({ key: CANARY }) });
  await post('/jobs', `{"receipt_id": ${CANARY}`);
  // Whatever a stranger can ask: nothing of the above.
  for (const at of [
    '/jobs',
    '/receipts',
    '/receipts/search',
    '/receipts/summary',
    '/queue',
    '/batches',
    '/webhooks',
    '/keys',
    '/audit',
    '/caps',
    '/budgets',
    '/schedules',
    '/reviews',
    '/workers',
    '/events/x',
    ...receipts.map((id) => `/receipts/${id}`),
    ...jobs.flatMap((id) => [`/jobs/${id}`, `/jobs/${id}/explain`, `/jobs/${id}/result`]),
  ]) {
    told.push({ as: 'stranger', path: at, text: await (await call(at, {}, strangersKey)).text() });
  }
  await collector.until((spans) => spans.some(({ name }) => name === 'webhook'));
}, 240_000);

afterAll(async () => {
  await queue?.stop();
  await agent?.close();
  await collector?.close();
  await temporal?.kill('SIGKILL');
  receiver.closeAllConnections();
  receiver.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everything that may be seen of the queue by others than its owner. */
async function shown(): Promise<Readonly<Record<string, string>>> {
  const metrics = await Promise.all(
    [queue.metrics.server, queue.metrics.worker].map(async (url) => (await fetch(url)).text()),
  );
  const files = readdirSync(folder).filter((name) => name.startsWith('temporal.db'));
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return {
    logs: JSON.stringify(queue.logs()),
    metrics: metrics.join('\n'),
    traces: collector.raw(),
    temporal: files.map((name) => readFileSync(path.join(folder, name)).toString('latin1')).join('\n'),
    ps: processes
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        } catch {
          return '';
        }
      })
      .join('\n'),
    strangers: told.map(({ text }) => text).join('\n'),
  };
}

/** Tables of the ledger that hold what a caller or a receipt says, because that is what they are for. */
const MAY_HOLD: Readonly<Record<string, string>> = {
  'pantry_queue.api_keys': 'names of keys',
  'pantry_queue.caps': 'notes of limits',
  'pantry_queue.deliveries': 'what a receiver answered, for the owner of the webhook',
  'pantry_queue.idempotency_keys': 'keys of uploads, to find them again',
  'pantry_queue.jobs': 'what was read, and what a batch was called with',
  'pantry_queue.receipt_facts': 'the merchant, to search by',
  'pantry_queue.receipt_state': 'what a person said of a reading',
  'pantry_queue.webhooks': 'addresses and descriptions',
  'public.receipt_items': 'what was read',
  'public.receipts': 'what was read',
};

const SEEN_BY_OTHERS = ['logs', 'metrics', 'traces', 'temporal', 'ps', 'strangers'] as const;

describe.skipIf(process.platform !== 'linux')('[S6] a text that goes through every path', () => {
  it.each(SEEN_BY_OTHERS)('[S6] is not found in what others see: %s', async (place) => {
    const text = (await shown())[place] ?? '';
    expect(text.length).toBeGreaterThan(100);
    const at = text.indexOf(CANARY);
    expect(at < 0 ? 'not found' : text.slice(Math.max(0, at - 200), at + 100)).toBe('not found');
  });

  it.each(SEEN_BY_OTHERS)(
    '[S6] neither are keys, signatures of image addresses, or secrets of webhooks: %s',
    async (place) => {
      const signatures = imageUrls.flatMap((url) =>
        [...new URL(url).searchParams].filter(([name]) => /signature/i.test(name)).map(([, value]) => value),
      );
      expect(signatures.length).toBeGreaterThan(0);
      const text = (await shown())[place] ?? '';
      const secrets = [...signatures, key, strangersKey, secret, inject('s3').secretAccessKey, key.split('_')[2] ?? ''];
      expect(secrets.filter((each) => each.length < 8)).toEqual([]);
      // Other tests of the run start their own processes with the store's settings.
      expect(secrets.filter((each) => text.includes(each))).toEqual([]);
    },
  );

  it('[S6] is found where it belongs, so that it went everywhere: in answers to its owner and in the ledger', async () => {
    expect(await (await call(`/receipts/${receipts[0]}`)).text()).toContain(`${CANARY} Shop`);
    expect(await (await call('/webhooks')).text()).toContain(CANARY);
    expect(JSON.stringify(queue.logs())).toContain('http.request');
    const { temporal: stored = '' } = await shown();
    expect(stored).toContain(jobs[0]);
    const tables = await database.db.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pantry_queue') order by 1`,
    );
    const holding: string[] = [];
    for (const { name } of tables) {
      const [row] = await database.db.query<{ n: number }>(
        `select count(*)::int as n from ${name} t where strpos(t::text, $1) > 0`,
        [CANARY],
      );
      if ((row?.n ?? 0) > 0) holding.push(name);
    }
    expect(holding).toEqual(Object.keys(MAY_HOLD));
  });

  it('[S6] of the agent’s failures and of the database’s reaches no answer about the job', async () => {
    for (const id of jobs.slice(1)) {
      for (const at of [`/jobs/${id}`, `/jobs/${id}/explain`]) {
        expect([at, (await (await call(at)).text()).includes(CANARY)]).toEqual([at, false]);
      }
    }
  });
});
