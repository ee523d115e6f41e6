import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { expect, it } from 'vitest';
import { createAnsweredStdio } from '../../mcp/answered-stdio.ts';
import { createMcpServer } from '../../mcp/server.ts';
import { aQueueInfo, createFakeQueue } from './support/fake-queue.ts';
import { createTestLogger, PRINCIPAL } from './support/servers.ts';

interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What a relay answers to these bytes, in pieces of any size. */
async function answersTo(input: string | Buffer, pieceBytes = 1_000_000): Promise<Answer[]> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  const written = text(stdout);
  const { transport, whenDone } = createAnsweredStdio(stdin, stdout, 3_000);
  const queue = { ...createFakeQueue().queue, queueInfo: async () => aQueueInfo() };
  const deps = { queue, logger: createTestLogger(), principal: PRINCIPAL };
  const handle = serveStdio(({ era }) => createMcpServer(deps, era), { transport });
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += pieceBytes) stdin.write(bytes.subarray(at, at + pieceBytes));
  stdin.end();
  await whenDone;
  await handle.close();
  stdout.end();
  return (await written)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
}

const request = (id: unknown, method: string, params: object = {}) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
const call = (id: unknown, more: object = {}) =>
  request(id, 'tools/call', { name: 'queue_info', arguments: {}, ...more });
const HELLO = request(0, 'initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
});

it.each([1, 3, 1_000_000])(
  '[M5] a first line with a byte order mark is answered, in pieces of %i bytes',
  async (bytes) => {
    const answers = await answersTo(`\ufeff${HELLO.replace('\n', '\r\n')}${call(1)}`, bytes);
    expect(answers.map(({ id, result }) => [id, result !== undefined])).toEqual([
      [0, true],
      [1, true],
    ]);
  },
);

it.each([null, {}, [], true, 1.5])(
  '[M6] a call with a progress token that is none is answered: %j',
  async (progressToken) => {
    const answers = await answersTo(HELLO + call(1, { _meta: { progressToken } }));
    expect(answers.find(({ id }) => id === 1)?.result).toBeDefined();
  },
);

it.each([
  ['no JSON', 'hello world', null, -32_700],
  ['half a message', '{"jsonrpc":"2.0","id":7,"meth', null, -32_700],
  ['UTF-16', Buffer.from(HELLO, 'utf16le').toString('latin1'), null, -32_700],
  ['a list', `[${call(7).trim()}]`, null, -32_600],
  ['null', 'null', null, -32_600],
  ['a number', '1', null, -32_600],
  ['an id of null', call(null).trim(), null, -32_600],
  ['an id that is an object', call({ a: 1 }).trim(), null, -32_600],
  ['a fraction as id', call(1.5).trim(), null, -32_600],
  ['no version', '{"id":7,"method":"ping"}', 7, -32_600],
  ['params that are a list', '{"jsonrpc":"2.0","id":"a","method":"tools/call","params":[]}', 'a', -32_600],
  ['a name twice', '{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/list"}', 7, -32_600],
])('[M5] a line that is no message is answered at once, and the next one too: %s', async (_what, line, id, code) => {
  const answers = await answersTo(`${HELLO}${line}\n${call(8)}`);
  expect(answers.filter(({ error }) => error).map((answer) => [answer.id, answer.error?.code])).toContainEqual([
    id,
    code,
  ]);
  expect(answers.find((answer) => answer.id === 8)?.result).toBeDefined();
});

it.each([
  ['prompts/get', { name: 'month_report', arguments: { month: 5 } }, 'arguments.month'],
  ['prompts/get', { name: 'month_report', arguments: null }, 'arguments'],
  ['resources/read', { uri: 5 }, 'uri'],
  ['resources/read', {}, 'uri'],
  ['completion/complete', {}, 'ref'],
])('[M6] parameters of %s that are none are the caller’s mistake, and are named: %j', async (method, params, name) => {
  const answers = await answersTo(HELLO + request(1, method, params));
  const { error } = answers.find(({ id }) => id === 1) ?? {};
  expect(error).toEqual({ code: -32_602, message: expect.stringMatching(new RegExp(`^${name}[.:]`)) });
});
