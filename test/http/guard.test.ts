import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { LOOPBACK_NAMES } from '../../src/http/guard.ts';
import { servedRoutes } from './support/addresses.ts';
import { DISCARD, useHttpQueue } from './support/http-queue.ts';
import { raw } from './support/raw.ts';

const http = useHttpQueue({}, { discard: DISCARD });
const proxied = useHttpQueue({
  allowed: {
    hosts: [...LOOPBACK_NAMES, 'queue.example', '10.0.0.5', '[fd00::5]'],
    origins: ['https://app.example', 'http://localhost:3000'],
  },
});

/** With headers that fetch does not let a caller set. */
function call(
  address: string,
  headers: Record<string, string>,
  method = 'GET',
  port = http.current.port,
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: address, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      const answered = () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
      response.on('end', answered);
      // A stream has no end of its own.
      if (response.headers['content-type']?.startsWith('text/event-stream')) {
        answered();
        response.destroy();
      }
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Of a receipt and a job that are not there, where a route wants one. */
const filled = (path: string) => path.replace('{receipt_id}', '2147483647').replace('{job_id}', 'ocr-2147483647');

const addresses = [...(await servedRoutes()), ['POST', '/mcp'], ['GET', '/mcp'], ['GET', '/nothing']] as const;

const STRANGE_HOSTS = [
  ...['evil.example', 'evil.example:8000', 'localhost.evil.example', 'localhost.', '127.0.0.1.nip.io', '0.0.0.0'],
  ...[
    '192.168.0.1',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '[::2]',
    '127.0.0.2',
    '2130706433',
    '0x7f.1',
    'evil@localhost',
  ],
];
const OWN_HOSTS = ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', 'localhost:8000', '127.0.0.1:9'];
const STRANGE_ORIGINS = [
  ...['http://evil.example', 'https://evil.example:8000', 'null', '', 'http://', 'file://', 'http://localhost:1'],
  ...['http://localhost@evil.example', 'https://localhost.evil.example', 'ftp://localhost', 'http://127.0.0.1'],
  ...['http://localhost, http://evil.example', 'chrome-extension://abcdef'],
];

/** What a browser says of a request that a page of another site made, by what the page did. */
const CROSS_SITE: Readonly<Record<string, Record<string, string>>> = {
  'an image': { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  'a script': { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
  'a fetch without CORS': { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' },
  'a fetch': { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
  'a frame': { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  'an object': { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' },
  'a browser that names the site alone': {},
};
const SITES = ['cross-site', 'same-site', 'Cross-Site', 'something-new'];

/** Everything that must be refused: one line each. */
const strangers: Record<string, string>[] = [
  ...STRANGE_HOSTS.map((host) => ({ host })),
  ...STRANGE_HOSTS.map((host) => ({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })),
  ...STRANGE_ORIGINS.map((origin) => ({ host: 'localhost', origin })),
  ...STRANGE_ORIGINS.map((origin) => ({ host: 'localhost', origin, 'sec-fetch-site': 'same-origin' })),
  ...SITES.flatMap((site) =>
    Object.values(CROSS_SITE).map((more) => ({ host: 'localhost', 'sec-fetch-site': site, ...more })),
  ),
  { host: 'evil.example', 'x-forwarded-host': 'localhost' },
  { host: 'evil.example', forwarded: 'host=localhost' },
];

/** A flood of headers before the one that counts; the parser drops what is behind its limit, unless it has none. */
const flood = Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [n.toString(36), '']));

describe.each(addresses)('%s %s', (method, path) => {
  const address = filled(path);

  it('is not served to a page that reached it by another name, or from another site', async () => {
    const before = await http.current.traces();
    for (const headers of strangers) {
      const { status, body } = await call(address, headers, method);
      expect([JSON.stringify(headers), status]).toEqual([JSON.stringify(headers), status === 400 ? 400 : 403]);
      expect(JSON.parse(body)).toMatchObject({ code: status === 400 ? 'malformed_request' : 'forbidden' });
    }
    expect(await http.current.traces()).toEqual(before);
  });

  it('is not served to a page whose Origin or site stands behind thousands of headers', async () => {
    for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const { status, body } = await call(address, { host: 'localhost', ...flood, ...headers }, method);
      expect([status, JSON.parse(body).code]).toEqual([403, 'forbidden']);
    }
  });

  it('is served by every name of this machine, and to its own pages', async () => {
    for (const host of OWN_HOSTS) {
      expect((await call(address, { host }, method)).status).not.toBe(403);
      expect((await call(address, { host, origin: `http://${host}` }, method)).status).not.toBe(403);
    }
    for (const site of ['same-origin', 'none']) {
      for (const more of Object.values(CROSS_SITE)) {
        const headers = { host: 'localhost', 'sec-fetch-site': site, ...more };
        expect((await call(address, headers, method)).status).not.toBe(403);
      }
    }
  });

  it('is shown to a person who followed a link from another site, if it only reads', async () => {
    const visit = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const { status } = await call(address, { host: 'localhost', ...visit }, method);
    if (method === 'GET') expect(status).not.toBe(403);
    else expect(status).toBe(403);
  });

  it('is served by the names and to the pages of the settings, and to no others', async () => {
    const ask = (headers: Record<string, string>) => call(address, headers, method, proxied.current.port);
    for (const host of ['queue.example', 'QUEUE.example:443', '10.0.0.5:8000', '[fd00::5]', 'localhost']) {
      expect((await ask({ host })).status).not.toBe(403);
      expect((await ask({ host, origin: `https://${host}` })).status).not.toBe(403);
    }
    for (const origin of ['https://app.example', 'HTTPS://app.example', 'http://localhost:3000']) {
      const headers = { host: 'queue.example', origin, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };
      const answer = await ask(headers);
      expect(answer.status).not.toBe(403);
    }
    for (const host of ['evil.example', 'queue.example.evil.example', 'sub.queue.example', '10.0.0.50']) {
      expect(await refusal(ask({ host }))).toContain('ALLOWED_HOSTS');
    }
    for (const origin of [
      'https://app.example.evil.example',
      'http://app.example',
      'https://app.example:444',
      'null',
    ]) {
      expect(await refusal(ask({ host: 'queue.example', origin }))).toContain('ALLOWED_ORIGINS');
    }
  });
});

async function refusal(answer: ReturnType<typeof call>): Promise<string> {
  const { status, body } = await answer;
  expect(status).toBe(403);
  return (JSON.parse(body) as { hint: string }).hint;
}

it('lets the browser of an allowed page ask first, read the answer and an error, and no other page', async () => {
  const { port } = proxied.current;
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
  const page = { host: 'queue.example', origin: 'https://app.example', 'sec-fetch-site': 'cross-site' };
  const first = await call('/jobs', { ...page, ...asked }, 'OPTIONS', port);
  expect(first).toMatchObject({
    status: 204,
    headers: {
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': expect.stringContaining('POST'),
      'access-control-allow-headers': 'content-type',
    },
  });
  for (const [method, address, status] of [
    ['GET', '/queue', 200],
    ['GET', '/jobs/ocr-1', 404],
    ['GET', '/nothing', 404],
  ] as const) {
    expect(await call(address, page, method, port)).toMatchObject({
      status,
      headers: { 'access-control-allow-origin': 'https://app.example', vary: expect.stringMatching(/origin/i) },
    });
  }
  const other = await call('/jobs', { ...page, ...asked, origin: 'https://evil.example' }, 'OPTIONS', port);
  expect(other.status).toBe(403);
  expect(other.headers).not.toHaveProperty('access-control-allow-origin');
});

it('does not believe a request line that names another host', async () => {
  const answer = await raw(
    http.current.port,
    'GET http://evil.example/queue HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1.1 403 /);
});

describe('what is no HTTP', () => {
  it.each([
    ['nonsense\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 400],
    ['GET / HTTP/1.1\r\nHost: local host\r\nConnection: close\r\n\r\n', 400],
    ['POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
    ['POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
  ])('is refused with a problem document: case %#', async (text, status) => {
    const answer = await raw(http.current.port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toContain('"malformed_request"');
    expect((await http.current.fetch('/livez')).status).toBe(200);
  });
});

it('gives every answer an id, a log line without anything of the caller, and headers that keep it to itself', async () => {
  const { headers } = await call('/receipts/17abc?x=secret', { host: 'localhost', 'x-request-id': 'a\u00e9"' });
  expect(headers).toMatchObject({
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
  });
  const line = http.current.logged.find(({ fields }) => fields.requestId === headers['x-request-id']);
  expect(line).toEqual({
    event: 'http.request',
    fields: {
      requestId: headers['x-request-id'],
      method: 'GET',
      route: '/receipts/:receipt_id',
      status: 422,
      ms: expect.any(Number),
    },
  });
  const kept = await call('/livez', { host: 'localhost', 'x-request-id': 'proxy-4711-abc' });
  expect(kept.headers['x-request-id']).toBe('proxy-4711-abc');
});

it('closes a connection on which the rest of a refused body is still to come', async () => {
  const head =
    'POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n';
  // Half of it never comes: without a close the next request would be taken for the rest of this one.
  const answer = await raw(http.current.port, head + ' '.repeat(1_200_000));
  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect(answer).toMatch(/connection: close/i);
});
