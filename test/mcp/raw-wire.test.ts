import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpHttpHandler } from '../../mcp/http.ts';
import { guardedQueue } from '../../src/queue/pipeline.ts';
import { STAGES } from '../support/stages.ts';
import { aJob, createFakeQueue } from './support/fake-queue.ts';
import { createTestLogger, PRINCIPAL, serveOnSocket, type TestServer } from './support/servers.ts';

const BOTH = 'application/json, text/event-stream';
const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const CALL = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'queue_info', arguments: {} } };

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let server: TestServer;
beforeAll(async () => {
  server = await serveOnSocket();
});
afterAll(() => server.close());

/** Node's own client: unlike fetch it sends any Host and Origin it is told to. */
function send(body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      server.url,
      { method, headers: { 'content-type': 'application/json', accept: BOTH, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(method === 'POST' ? (typeof body === 'string' ? body : JSON.stringify(body)) : undefined);
  });
}

describe('the request line and its types', () => {
  it.each(['GET', 'DELETE', 'PUT', 'OPTIONS'])('answers 405 to %s and names POST', async (method) => {
    const answer = await send(undefined, {}, method);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });

  it.each(['application/json', 'text/event-stream'])(
    'answers 406 to a client of the older revisions that takes only %s',
    async (accept) => {
      expect((await send(LIST, { accept })).status).toBe(406);
    },
  );

  it.each(['*/*', 'text/html, */*;q=0.1'])('serves a client that takes anything (%s)', async (accept) => {
    const answer = await send(LIST, { accept });
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('"enqueue_ocr"');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'answers 415 to a body of type %s: a form of a web page cannot call',
    async (type) => {
      expect((await send(CALL, { 'content-type': type })).status).toBe(415);
    },
  );

  it('refuses a modern request whose headers and body disagree', async () => {
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const envelope = {
      ...meta,
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const body = { ...CALL, params: { ...CALL.params, _meta: envelope } };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' };
    const right = await send(body, { ...headers, 'mcp-name': 'queue_info' });
    expect(right.status).toBe(200);
    const wrong = await send(body, { ...headers, 'mcp-name': 'cancel_job' });
    expect(wrong.status).toBe(400);
    expect(wrong.body).toContain('-32020');
  });
});

describe('the handshake of the older revisions', () => {
  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'speaks %s, and promises no news',
    async (asked) => {
      const params = { protocolVersion: asked, capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
      const { body } = await send({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
      const { result } = JSON.parse(/^data: (.*)$/m.exec(body)?.[1] ?? '{}');
      expect(result).toMatchObject({ protocolVersion: asked, serverInfo: { name: 'pantry-queue' } });
      expect(result.serverInfo.icons).toBeUndefined();
      expect(result.capabilities).toEqual({
        tools: { listChanged: false },
        resources: { listChanged: false, subscribe: false },
        prompts: { listChanged: false },
        completions: {},
      });
    },
  );
});

describe('bodies', () => {
  it('answers 413 to more than 64 KB, before reading them as JSON', async () => {
    const padded = JSON.stringify({ ...CALL, padding: 'x'.repeat(64 * 1024) });
    expect((await send(padded)).status).toBe(413);
  });

  it.each(['{', 'null', '17', '"text"', ''])('answers %j with an error and stays well', async (body) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('"error"');
    expect((await send(CALL)).status).toBe(200);
  });

  it('refuses a call with more values than any batch holds', async () => {
    const params = { name: 'enqueue_ocr', arguments: { receipt_id: 17, image_path: Array(30_000).fill(0) } };
    const answer = await send({ ...CALL, params });
    expect(answer.body).toContain('"isError":true');
    expect(answer.body).toContain('The arguments hold more than any call needs.');
  });

  it('serves a small batch of an older client and refuses a flood', async () => {
    const small = await send([LIST, CALL]);
    expect(small.status).toBe(200);
    expect(small.body).toContain('"id":1');
    expect(small.body).toContain('"id":2');
    const flood = await send(Array.from({ length: 101 }, (_, id) => ({ ...CALL, id })));
    expect(flood.status).toBe(400);
    expect(flood.body).toContain('-32600');
  });

  it('keeps a field that would change a prototype away from the queue', async () => {
    const raw = `{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"enqueue_ocr","arguments":{"receipt_id":17,"__proto__":{"force":true},"constructor":{"prototype":{}}}}}`;
    const before = server.calls.length;
    expect((await send(raw)).body).toContain('unknown_argument');
    expect(server.calls.length).toBe(before);
    expect('force' in {}).toBe(false);
  });
});

describe('a server that stops', () => {
  it.each(['2026-07-28', '2025-06-18'])('lets a call that waits (%s) answer with what it has', async (revision) => {
    const fake = createFakeQueue();
    let reached = () => {};
    const waiting = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const handler = createMcpHttpHandler({
      queue: {
        ...fake.queue,
        getJobStatus: async (_input, { signal }) => {
          reached();
          await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
          return aJob();
        },
      },
      logger: createTestLogger(),
    });
    const answer = handler(statusRequest(revision), PRINCIPAL);
    await waiting;
    await handler.close();
    expect(await (await answer).text()).toContain('ocr-17 is queued');
  });

  function statusRequest(revision: string): Request {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': revision,
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const modern = revision === '2026-07-28';
    const call = { name: 'get_job_status', arguments: { job_id: 'ocr-17', wait_seconds: 45 } };
    const params = modern ? { ...call, _meta: meta } : call;
    const named = { 'mcp-protocol-version': revision, 'mcp-method': 'tools/call', 'mcp-name': 'get_job_status' };
    const headers = { host: 'localhost', 'content-type': 'application/json', accept: BOTH, ...(modern ? named : {}) };
    return new Request(server.url, { method: 'POST', headers, body: JSON.stringify({ ...CALL, params }) });
  }
});

describe('who calls', () => {
  it('refuses a caller whose key lacks the scope of the tool, before the queue is asked', async () => {
    const fake = createFakeQueue();
    const handler = createMcpHttpHandler({
      queue: guardedQueue(fake.queue, STAGES),
      logger: createTestLogger(),
    });
    const headers = { host: 'localhost', 'content-type': 'application/json', accept: BOTH };
    const ask = async (scope: 'jobs:read' | 'jobs:write', name: string, args: object) => {
      const body = JSON.stringify({ ...CALL, params: { name, arguments: args } });
      const narrow = { ...PRINCIPAL, scopes: new Set([scope]) };
      return (await handler(new Request(server.url, { method: 'POST', headers, body }), narrow)).text();
    };
    // A reader is not offered what writes.
    expect(await ask('jobs:read', 'enqueue_ocr', { receipt_id: 17 })).toContain('tool_not_found');
    expect(await ask('jobs:write', 'queue_info', {})).toContain('needs scope jobs:read');
    expect(fake.calls).toEqual([]);
    expect(await ask('jobs:read', 'queue_info', {})).toContain('pantry-pilot');
  });

  it('never mixes up two callers who use the same ids at once', async () => {
    const fake = createFakeQueue();
    const handler = createMcpHttpHandler({
      queue: {
        ...fake.queue,
        enqueueOcr: async (input, context) => ({
          ...(await fake.queue.enqueueOcr(input, context)),
          position: context.principal.user,
        }),
      },
      logger: createTestLogger(),
    });
    const ask = async (user: number) => {
      const headers = { host: 'localhost', 'content-type': 'application/json', accept: BOTH };
      const params = { name: 'enqueue_ocr', arguments: { receipt_id: 17 } };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
      const request = new Request(server.url, { method: 'POST', headers, body });
      const answer = await handler(request, { ...PRINCIPAL, user });
      return /"position":(\d+)/.exec(await answer.text())?.[1];
    };
    const users = Array.from({ length: 100 }, (_, place) => place + 1);
    expect(await Promise.all(users.map(ask))).toEqual(users.map(String));
  });
});
