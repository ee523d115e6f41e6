import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError, ERRORS, type ErrorCode } from '../../src/contract/errors.ts';
import { type Operation, takesBody } from '../../src/contract/operation.ts';
import { operations } from '../../src/contract/operations.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import { problemResponse } from '../../src/http/problem.ts';
import { addReceipts } from '../support/db.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';
import { raw } from './support/raw.ts';

const http = useHttpQueue();
const JSON_TYPE = { 'content-type': 'application/json' };
const MCP_TYPE = { ...JSON_TYPE, accept: 'application/json, text/event-stream' };

const post = (address: string, body: string, headers: Record<string, string> = JSON_TYPE, method = 'POST') =>
  http.current.fetch(address, { method, headers, body });

/** How many fields an empty body misses. */
const missing = (input: Operation['input'], path: string) =>
  Object.entries(input.shape).filter(
    ([name, field]) => !path.includes(`{${name}}`) && !field.safeParse(undefined).success,
  ).length;

const posts = Object.values<Operation>(operations).flatMap(({ input, http: [method, path], maxBodyBytes }) =>
  takesBody(method)
    ? [
        [
          method,
          path.replace('{job_id}', 'ocr-2147483647').replace('{receipt_id}', '2147483647').replace('{name}', 'nightly'),
          maxBodyBytes ?? 16 * 1024,
          missing(input, path),
        ] as const,
      ]
    : [],
);

/** A body of exactly so many bytes, whose one argument no operation knows. */
const bodyOf = (bytes: number) => `{"x":"${'x'.repeat(bytes - 8)}"}`;

describe.each(posts)('a body for %s %s', (method, address, most, misses) => {
  it('[G5] is read up to its bound and refused beyond it', async () => {
    expect((await post(address, bodyOf(most), JSON_TYPE, method)).status).toBe(422);
    expect(await problemOf(await post(address, bodyOf(most + 1), JSON_TYPE, method))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
  });

  it('[G5] of nothing but unknown names is answered with ten of them and the number of the others', async () => {
    const names = Math.floor(Math.min(most, 16 * 1024) / 12);
    const body = `{${Array.from({ length: names }, (_, n) => `"k${String(n).padStart(5, '0')}":1`).join()}}`;
    const problem = await problemOf(await post(address, body, JSON_TYPE, method));
    expect(problem.status).toBe(422);
    expect(problem.errors).toHaveLength(10);
    expect(problem.detail).toContain(`And ${names - 1 + misses} more.`);
  });
});

/** JSON of more values than any call has, in every form that they can take. */
const FLOODS: Readonly<Record<string, (count: number) => string>> = {
  'unknown names': (count) => `{${Array.from({ length: count }, (_, n) => `"${n.toString(36)}":1`).join()}}`,
  'a list of zeros': (count) => `{"receipt_ids":[${Array(count).fill(0).join()}]}`,
  'a list of lists': (count) => `{"receipt_ids":[${Array(count).fill('[]').join()}]}`,
  'an object in a list': (count) =>
    `{"receipt_ids":[{${Array.from({ length: count }, (_, n) => `"${n}":{}`).join()}}]}`,
  'lists inside lists': (count) => `{"receipt_ids":${'['.repeat(count)}${']'.repeat(count)}}`,
  'a list as the body': (count) => `[${Array(count).fill(1).join()}]`,
};

describe.each(Object.entries(FLOODS))('%s beyond any number', (_, flood) => {
  it('[G5] are counted before any schema looks at them', async () => {
    const body = flood(LIMITS.values + 1);
    expect(body.length).toBeLessThan(LIMITS.batchBytes);
    const problem = await problemOf(await post('/jobs/batch', body));
    expect(problem).toMatchObject({ status: 413, code: 'body_too_large', detail: expect.stringContaining('20100') });
  });

  it('[G5] are counted before MCP looks at them', async () => {
    const args = flood(LIMITS.mcpValues + 1);
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"queue_info","arguments":${args}}}`;
    expect(body.length).toBeLessThan(LIMITS.mcpBytes);
    const answer = await post('/mcp', body, MCP_TYPE);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', error: { message: expect.stringContaining('2000') } });
  });
});

describe('MCP', () => {
  const long = 'x'.repeat(50_000);
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'queue_info', arguments: {} } };
  it.each([
    ['an id', { ...call, id: long }],
    ['a method', { ...call, method: long }],
    ['a tool', { ...call, params: { name: long } }],
    ['an address', { ...call, method: 'resources/read', params: { uri: long } }],
    ['a revision', { ...call, method: 'initialize', params: { protocolVersion: long } }],
    ['an argument', { ...call, params: { name: 'queue_info', arguments: { [long]: 1 } } }],
    ['a value', { ...call, params: { name: 'get_job_status', arguments: { job_id: long } } }],
    ['one of many messages', [call, { ...call, id: long }]],
  ])('[G12] does not repeat %s of 50,000 characters', async (_what, message) => {
    const text = await (await post('/mcp', JSON.stringify(message), MCP_TYPE)).text();
    expect(text.length).toBeLessThan(4_000);
    expect(text).toContain('"jsonrpc":"2.0"');
  });

  it('reads what a host says about itself, up to 64 KB', async () => {
    const icon = `data:image/png;base64,${'A'.repeat(40_000)}`;
    const clientInfo = { name: 'host', version: '1', icons: [{ src: icon }] };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    const answer = await post(
      '/mcp',
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
      MCP_TYPE,
    );
    expect(answer.status).toBe(200);
    expect((await post('/mcp', JSON.stringify({ ...call, pad: long + long }), MCP_TYPE)).status).toBe(413);
  });
});

describe('many large bodies at once', () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  function sendHalf(bytes: number): { answer: () => string } {
    let answer = '';
    const head = `POST /jobs/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${LIMITS.batchBytes}\r\n\r\n`;
    const socket = connect(http.current.port, '127.0.0.1', () => socket.write(head + ' '.repeat(bytes)));
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    sockets.push(socket);
    return { answer: () => answer };
  }

  it('[G5] hold no more than their budget: the next is told when to come back, small ones are served', async () => {
    const senders = Array.from({ length: 45 }, () => sendHalf(LIMITS.batchBytes - 1));
    const refused = () => senders.filter(({ answer }) => answer().startsWith('HTTP/1.1 429 '));
    await expect.poll(() => refused().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(45 - 33);
    expect(refused()[0]?.answer()).toMatch(/^retry-after: 2\r$/im);
    const [receipt_id] = await addReceipts(http.current.db, 1);
    expect((await post('/jobs', JSON.stringify({ receipt_id }))).status).toBe(202);
    for (const socket of sockets.splice(0)) socket.destroy();
    const batch = JSON.stringify({ receipt_ids: [receipt_id], pad: ' '.repeat(100_000) });
    await expect.poll(async () => (await post('/jobs/batch', batch)).status, { timeout: 20_000 }).toBe(422);
  });
});

describe('a list of receipts', () => {
  const LONG = 200_000;

  it('[G8] carries no text, and one receipt carries its own', async () => {
    const ids = await addReceipts(http.current.db, 30, 80);
    await http.current.db.query(`update public.receipts set ocr_text = repeat('x', $1) where user_id = 80`, [LONG]);
    const answer = await http.current.fetch('/receipts?user_id=80&limit=200');
    const { receipts } = JSON.parse(await answer.text());
    expect(receipts.map(({ id }: { id: number }) => id)).toEqual(ids.toReversed());
    expect(receipts.every(({ ocr_text }: { ocr_text: unknown }) => ocr_text === null)).toBe(true);
    const one = (await (await http.current.fetch(`/receipts/${ids[0]}`)).json()) as { ocr_text: string };
    expect(one.ocr_text).toHaveLength(LONG);
  });

  it('[G8] ends at a megabyte, and its pages have every receipt once', async () => {
    const ids = await addReceipts(http.current.db, 12, 81);
    await http.current.db.query(`update public.receipts set extraction_errors = repeat('x', $1) where user_id = 81`, [
      LONG,
    ]);
    const seen: number[] = [];
    let from: string | null = '';
    while (from !== null) {
      const text: string = await (await http.current.fetch(`/receipts?user_id=81&limit=12${from}`)).text();
      expect(text.length).toBeLessThan(LIMITS.answerBytes + LONG);
      const page = JSON.parse(text) as { total: number; next_cursor: string | null; receipts: { id: number }[] };
      expect(page.total).toBe(page.receipts.length);
      seen.push(...page.receipts.map(({ id }) => id));
      from = page.next_cursor && `&cursor=${page.next_cursor}`;
    }
    expect(seen).toEqual(ids.toReversed());
  });
});

it.each((Object.keys(ERRORS) as ErrorCode[]).filter((code) => [429, 503].includes(ERRORS[code].http)))(
  '%s says when to come back, also where nobody named a time',
  async (code) => {
    const response = problemResponse(new AppError(code, 'It happened.'), 'id');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ retry_after_s: expect.any(Number) });
  },
);

it('[G12] a flood of requests to addresses that do not exist leaves few lines in the log, and says so', async () => {
  const before = http.current.logged.length;
  const get = (n: number, more = '') => `GET /nothing/${n} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  const flood = Array.from({ length: 1_000 }, (_, n) => get(n, n === 999 ? 'Connection: close\r\n' : ''));
  const answer = await raw(http.current.port, flood.join(''));
  expect(answer.match(/HTTP\/1\.1 404/g)).toHaveLength(1_000);
  const lines = http.current.logged.slice(before).filter(({ fields }) => fields.status === 404);
  expect(lines.length).toBeLessThanOrEqual(70);
  expect(lines.some(({ fields }) => fields.stands_for === 100)).toBe(true);
});
