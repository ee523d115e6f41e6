import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { ExtractRequest } from '../src/contract/agent.ts';
import { LOG_EVENTS } from '../src/contract/log-events.ts';
import { METRICS } from '../src/contract/metrics.ts';
import { addReceipts, useDatabase } from './support/db.ts';
import { type HttpAgent, sendJson, startHttpAgent } from './support/http-agent.ts';
import { type Collector, type ReceivedSpan, startCollector } from './support/otlp.ts';
import { labelsSeen, mistakesIn } from './support/promql.ts';
import { replyFor } from './support/replies.ts';
import { startWatchedQueue, type WatchedQueue } from './support/watched-queue.ts';

const database = useDatabase();

/** What a receipt says, and what a caller sends: none of it may be seen in metrics, traces or logs. */
const CANARY = 'Kanarienvogel';
const CALLERS_SPAN = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const TRACEPARENT = `00-${CALLERS_SPAN.traceId}-${CALLERS_SPAN.spanId}-01`;
const MODELS_TRACE = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

/** What ends last of three jobs, one of which the agent rejects: each process tells of its spans in its own time. */
const LAST_SPANS = [
  ['webhook', 3],
  ['callAgent', 3],
  ['updateStatus', 4],
  ['saveResult', 2],
] as const;

let queue: WatchedQueue;
let collector: Collector;
let agent: HttpAgent;
const agentSaw = new Map<number, string | undefined>();
const webhookSaw: { body: string; traceparent: string | undefined }[] = [];
const endpoint = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    webhookSaw.push({ body, traceparent: request.headers.traceparent as string | undefined });
    response.writeHead(200).end();
  });
});

async function startEndpoint(): Promise<string> {
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
}
let receipts: number[] = [];
let rejected = 0;

const json = { 'content-type': 'application/json' };
const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
  fetch(`${queue.url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });

beforeAll(async () => {
  collector = await startCollector();
  agent = await startHttpAgent((request: ExtractRequest, response) => {
    agentSaw.set(request.receipt_id, response.req.headers.traceparent as string | undefined);
    if (request.receipt_id === rejected) return sendJson(response, 422, { detail: CANARY });
    sendJson(response, 200, replyFor(request, { merchant_name: CANARY }));
  });
  queue = await startWatchedQueue({
    DATABASE_URL: database.url,
    AGENT_URL: agent.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    LOG_LEVEL: 'debug',
  });
  const hookUrl = await startEndpoint();
  receipts = await addReceipts(database.db, 3);
  rejected = receipts.at(-1) ?? 0;
  const hook = await post('/webhooks', { url: hookUrl, events: ['job.finished', 'job.failed'] });
  expect(hook.status).toBe(200);

  const [traced = 0, asked = 0] = receipts;
  await post(`/receipts/${traced}/ocr`, {}, { traceparent: TRACEPARENT });
  const mcp = {
    name: 'enqueue_ocr',
    arguments: { receipt_id: asked },
    _meta: { traceparent: `00-${MODELS_TRACE}-bbbbbbbbbbbbbbbb-01` },
  };
  const accept = { accept: 'application/json, text/event-stream' };
  await post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: mcp }, accept);
  await post('/jobs/batch', { receipt_ids: [rejected] });
  await fetch(`${queue.url}/${CANARY}?text=${CANARY}`, { headers: { 'x-request-id': 'request-1' } });
  await fetch(`${queue.url}/jobs/ocr-99999`);
  await fetch(`${queue.url}/receipts/search?merchant=${CANARY}`);
  // What the history counts, and what the collector is told, comes a moment later.
  await collector.until((spans) =>
    LAST_SPANS.every(([last, n]) => spans.filter(({ name }) => name === last).length >= n),
  );
  const counted = 'pantry_queue_jobs_ended_total{status="failed"';
  await vi.waitFor(async () => expect(await scrape('server')).toContain(counted), { timeout: 20_000, interval: 500 });
}, 90_000);

afterAll(async () => {
  await queue?.stop();
  await agent?.close();
  await collector?.close();
  endpoint.closeAllConnections();
  endpoint.close();
});

const scrape = async (of: 'server' | 'worker') => (await fetch(queue.metrics[of])).text();
const inTrace = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
const named = (spans: readonly ReceivedSpan[], name: string) => {
  const found = spans.filter((span) => span.name === name);
  expect(found, name).not.toEqual([]);
  return found[0] as ReceivedSpan;
};

it('[P3] one trace leads from the caller over the API call, the ledger, Temporal and the agent to the commit and the webhook', () => {
  const [receiptId = 0] = receipts;
  const spans = inTrace(CALLERS_SPAN.traceId);
  const http = named(spans, 'HTTP POST');
  expect(http.parentSpanId).toBe(CALLERS_SPAN.spanId);
  const accepted = spans.find(({ parentSpanId, name }) => parentSpanId === http.spanId && name === 'enqueue_ocr');
  expect(accepted?.attributes).toMatchObject({ 'pantry.job_id': `ocr-${receiptId}` });
  for (const name of ['start', 'updateStatus', 'callAgent', 'saveResult', 'webhook']) {
    expect(named(spans, name).parentSpanId, name).toBe(accepted?.spanId);
  }
  const call = named(spans, 'agent');
  expect(call.parentSpanId).toBe(named(spans, 'callAgent').spanId);
  expect(agentSaw.get(receiptId)).toBe(`00-${call.traceId}-${call.spanId}-01`);
  const told = webhookSaw.find(({ body }) => JSON.parse(body).data.receipt_id === receiptId);
  expect(told?.traceparent).toBe(`00-${call.traceId}-${named(spans, 'webhook').spanId}-01`);
  expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['pantry-queue-server', 'pantry-queue-worker']));
});

it('[P3] a tool call goes on in the trace that its host names, and a batch in that of its request', () => {
  const [, asked = 0] = receipts;
  const spans = inTrace(MODELS_TRACE);
  expect(named(spans, 'MCP tools/call')).toMatchObject({
    parentSpanId: 'bbbbbbbbbbbbbbbb',
    attributes: { 'mcp.tool': 'enqueue_ocr' },
  });
  expect(named(spans, 'saveResult').attributes).toMatchObject({ 'pantry.job_id': `ocr-${asked}` });
  const batch = named(collector.spans, 'enqueue_batch_ocr');
  expect(named(inTrace(batch.traceId), 'callAgent')).toMatchObject({
    parentSpanId: batch.spanId,
    attributes: { 'pantry.job_id': `ocr-${rejected}`, 'error.type': 'agent_rejected' },
  });
});

it('[P3] server and worker show every metric of the table, and between them a number for each that can have one here', async () => {
  const [server, worker] = [await scrape('server'), await scrape('worker')];
  for (const text of [server, worker]) {
    for (const [name, { type }] of Object.entries(METRICS)) expect(text).toContain(`# TYPE ${name} ${type}\n`);
    for (const line of text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))) {
      expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[A-Za-z0-9_.+ -]*",?)+\})? [-+0-9.e]+$/);
    }
  }
  const samples = `${server}${worker}`;
  const silent = Object.keys(METRICS).filter((name) => !new RegExp(`^${name}(_count)?[ {]`, 'm').test(samples));
  // No round fails in a test that goes well.
  expect(silent).toEqual(['pantry_round_failures_total']);
  expect(await (await fetch(`${queue.url}/metrics`)).text()).toContain('pantry_build_info{process="server"');
});

it('[P3] the port of the metrics serves nothing else, and refuses strange hosts and pages', async () => {
  const base = queue.metrics.worker.replace('/metrics', '');
  expect((await fetch(`${base}/queue`)).status).toBe(404);
  expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(405);
  const page = await fetch(`${base}/metrics`, { headers: { origin: 'https://elsewhere.example' } });
  expect(page.status).toBe(403);
});

it('[P3] [S6] no text of a receipt or of a call stands in metrics, traces or logs', async () => {
  const seen = {
    metrics: (await scrape('server')) + (await scrape('worker')),
    traces: collector.raw(),
    logs: JSON.stringify(queue.logs()),
  };
  for (const text of Object.values(seen)) expect(text).not.toContain(CANARY);
  expect(seen.metrics).not.toMatch(/ocr-\d|batch-/);
});

it('[P3] lines that are written for a traced call name its trace, in both processes', () => {
  const traced = queue.logs().filter(({ trace_id }) => trace_id === CALLERS_SPAN.traceId);
  expect(traced.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['http.request', 'agent.replied', 'job.ended']));
});

interface Alerts {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: Record<string, string>;
    }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

const read = (file: string) => readFileSync(path.resolve(import.meta.dirname, '..', file), 'utf8');
const alerts = (parse(read('deploy/prometheus/alerts.yml')) as Alerts).groups.flatMap(({ rules }) => rules);
const panels = (JSON.parse(read('deploy/grafana/dashboards/pantry-queue.json')) as Dashboard).panels;

it('[P3] every metric, label and value in the dashboard and the alerts is one that server and worker show', async () => {
  const seen = labelsSeen((await scrape('server')) + (await scrape('worker')));
  // No round fails in a test that goes well.
  seen.set('pantry_round_failures_total', new Set(['round']));
  const queries = [
    ...alerts.map(({ expr }) => expr),
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
  expect(queries.length).toBeGreaterThan(50);
  expect(queries.flatMap((query) => mistakesIn(query, seen))).toEqual([]);
  const mistaken = 'sum by (user) (rate(pantry_queue_jobs{status="lost"}[5m])) / pantry_nothing';
  expect(mistakesIn(mistaken, seen)).toEqual([
    'pantry_queue_jobs has no label user',
    'status of pantry_queue_jobs is never lost',
    'there is no metric pantry_nothing',
  ]);
});

it('[P3] every metric of the table but those of the log stands in the dashboard', () => {
  const shown = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join(' ');
  const missing = Object.keys(METRICS).filter((name) => !new RegExp(`\\b${name}(_bucket)?\\b`).test(shown));
  // The slots of the whole queue are shown by worker.
  expect(missing).toEqual(['pantry_queue_agent_slots']);
});

it('[P3] every alert says in a sentence what is wrong, and names a paragraph that says what to do', () => {
  const page = read('docs/observability.md');
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  for (const { alert, annotations } of alerts) {
    expect(annotations.summary).toMatch(/^[A-Z].*\.$/);
    expect(annotations.runbook).toBe(`docs/observability.md#${alert.toLowerCase()}`);
    expect(page).toMatch(new RegExp(`^### ${alert}\\n\\S`, 'm'));
  }
});

it('[P3] every line of both logs is JSON under a name of the list, and those about a job name it', () => {
  const lines = queue.logs();
  expect(lines.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(['http.request', 'mcp.tool_called', 'agent.failed']),
  );
  for (const line of lines) {
    expect(Object.hasOwn(LOG_EVENTS, String(line.msg)), JSON.stringify(line)).toBe(true);
    expect(line).toMatchObject({
      level: expect.any(String),
      time: expect.any(String),
      name: expect.stringMatching(/^(server|worker)$/),
    });
    if (/^(agent\.(replied|failed)|job\.)/.test(String(line.msg))) expect(line.job_id).toMatch(/^ocr-\d+$/);
    if (line.msg === 'http.request') expect(line.requestId).toEqual(expect.any(String));
  }
});
