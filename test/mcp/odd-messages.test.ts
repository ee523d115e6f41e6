import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveOnSocket, type TestServer } from './support/servers.ts';

let server: TestServer;
beforeAll(async () => {
  server = await serveOnSocket();
});
afterAll(() => server.close());

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const CALL = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'queue_info', arguments: {} } };

async function send(body: unknown, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
  const response = await server.fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, body: await response.text() };
}

const MESSAGES: readonly [what: string, body: unknown, status: number, holds: string][] = [
  ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, 202, ''],
  [
    'a cancel of what was never asked',
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } },
    202,
    '',
  ],
  ['an answer to nothing', { jsonrpc: '2.0', id: 7, result: {} }, 202, ''],
  ['an id of null', { ...LIST, id: null }, 400, '-32600'],
  ['an id with a fraction', { ...LIST, id: 1.5 }, 400, '-32600'],
  ['an id beyond 2^53', '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/list"}', 400, '-32600'],
  ['an id that is an object', { ...LIST, id: { a: 1 } }, 400, '-32600'],
  ['an id of 10 KB', { ...LIST, id: 'x'.repeat(10_000) }, 200, '"tools"'],
  ['an id of 100 KB', { ...LIST, id: 'x'.repeat(100_000) }, 413, ''],
  ['no method', { jsonrpc: '2.0', id: 1 }, 400, '-32600'],
  ['a method that does not exist', { ...LIST, method: 'drop/tables' }, 200, '-32601'],
  ['params that are a list', { ...CALL, params: ['queue_info'] }, 400, '-32600'],
  ['arguments that are a text', { ...CALL, params: { name: 'queue_info', arguments: 'all' } }, 200, 'invalid_argument'],
  ['a tool without a name', { ...CALL, params: { arguments: {} } }, 200, 'tool_not_found'],
  ['a call without parameters', { jsonrpc: '2.0', id: 2, method: 'tools/call' }, 200, 'tool_not_found'],
  ['a tool of half a surrogate pair', { ...CALL, params: { name: '\ud800' } }, 200, 'tool_not_found'],
  ['a byte order mark', `\ufeff${JSON.stringify(LIST)}`, 200, '"tools"'],
];

it.each(MESSAGES)('%s is answered, and asks nothing of the queue', async (_what, body, status, holds) => {
  const before = server.calls.length;
  const answer = await send(body);
  expect(answer.status).toBe(status);
  expect(answer.body).toContain(holds);
  expect(server.calls.length).toBe(before);
});

it.each([
  [{ 'mcp-protocol-version': '1999-01-01' }, 400],
  [{ 'mcp-protocol-version': 'nonsense' }, 400],
  [{ 'last-event-id': '17' }, 200],
  [{ 'mcp-session-id': 'somebody-else' }, 200],
] as const)('a call with the header %j is answered %i', async (headers, status) => {
  expect((await send(CALL, { ...headers })).status).toBe(status);
});
