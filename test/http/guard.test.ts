import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { servedRoutes } from './support/addresses.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { raw } from './support/raw.ts';

const http = useHttpQueue();

/** With headers that fetch does not let a caller set. */
function call(
  address: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: http.current.port, path: address, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Of a receipt and a job that are not there, where a route wants one. */
const filled = (path: string) => path.replace('{receipt_id}', '2147483647').replace('{job_id}', 'ocr-2147483647');

const addresses = [...(await servedRoutes()), ['POST', '/mcp'], ['GET', '/mcp'], ['GET', '/nothing']] as const;
const port = () => http.current.port;

describe.each(addresses)('%s %s', (method, path) => {
  const address = filled(path);

  it('is not served to a page that reached it by another name, or from another site', async () => {
    const strangers: Record<string, string>[] = [
      { host: 'evil.example' },
      { host: `evil.example:${port()}` },
      { host: 'localhost.evil.example' },
      { host: 'localhost.' },
      { host: '127.0.0.1.nip.io' },
      { host: '0.0.0.0' },
      { host: '192.168.0.1' },
      { host: '[::ffff:127.0.0.1]' },
      { host: 'evil@localhost' },
      { host: 'localhost', origin: 'http://evil.example' },
      { host: 'localhost', origin: 'null' },
      { host: 'localhost', origin: 'http://localhost:1' },
      { host: 'localhost', origin: 'file://' },
      { host: 'localhost', origin: 'http://localhost@evil.example' },
      { host: 'evil.example', 'x-forwarded-host': 'localhost' },
    ];
    const before = await http.current.traces();
    for (const headers of strangers) {
      const { status, body } = await call(address, headers, method);
      expect([JSON.stringify(headers), status]).toEqual([JSON.stringify(headers), status === 400 ? 400 : 403]);
      expect(JSON.parse(body)).toMatchObject({ code: status === 400 ? 'malformed_request' : 'forbidden' });
    }
    expect(await http.current.traces()).toEqual(before);
  });

  it('is served by every name of this machine, and to its own pages', async () => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', `localhost:${port()}`, '127.0.0.1:9']) {
      expect((await call(address, { host }, method)).status).not.toBe(403);
      expect((await call(address, { host, origin: `http://${host}` }, method)).status).not.toBe(403);
    }
  });
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
