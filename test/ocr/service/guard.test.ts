import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Pool } from '../../../src/ocr/lanes/pool.ts';
import { createService } from '../../../src/ocr/service/server.ts';

let loads = 0;
const never = () => {
  throw new Error('not called');
};
const pool = {
  read: never,
  stop: never,
  state: () => ({ lanesReady: 0, lanes: 1, replaced: 0, running: 0, waiting: 0, largestLaneBytes: 0, lanePids: [] }),
} as unknown as Pool;
const server = createService({
  pool,
  log: pino({ level: 'silent' }),
  allowedHosts: ['agent.example'],
  loadImage: async () => {
    loads++;
    return never();
  },
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve())));
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, retryAfter: response.headers['retry-after'] }),
      );
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? JSON.stringify({ receipt_id: 1, image_path: 'minio://receipts/a.jpg' }) : undefined);
  });
}

const ROUTES = [
  ['POST', '/extract'],
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/metrics'],
  ['GET', '/nothing'],
] as const;
const flood = Object.fromEntries(Array.from({ length: 2_500 }, (_, n) => [n.toString(36), '']));
const STRANGERS: Record<string, string>[] = [
  ...['evil.example', 'localhost.', '127.0.0.1.nip.io', '0.0.0.0', '169.254.169.254', '[::2]'].map((host) => ({
    host,
  })),
  ...['http://evil.example', 'null', 'http://localhost', ''].map((origin) => ({ host: 'localhost', origin })),
  ...['cross-site', 'same-site', 'Cross-Site'].map((site) => ({ host: 'localhost', 'sec-fetch-site': site })),
  { host: 'localhost', ...flood, origin: 'http://evil.example' },
];

describe.each(ROUTES)('[G10] the agent’s %s %s', (method, path) => {
  it('is not served to web pages, whichever name they reached it by', async () => {
    const before = loads;
    for (const headers of STRANGERS) {
      const { status, body } = await ask(method, path, headers);
      expect([JSON.stringify(headers).slice(-80), status]).toEqual([JSON.stringify(headers).slice(-80), 403]);
      expect(JSON.parse(body)).toMatchObject({ code: 'forbidden' });
    }
    expect(loads).toBe(before);
  });

  it('is served to programs by every name of this machine, and by the names it is told', async () => {
    for (const host of ['localhost', '127.0.0.1:8002', '[::1]', 'agent.example:8002', 'AGENT.example']) {
      expect((await ask(method, path, { host })).status).not.toBe(403);
    }
  });
});

it('says when to come back while it is not ready', async () => {
  expect(await ask('GET', '/readyz', { host: 'localhost' })).toMatchObject({ status: 503, retryAfter: '5' });
});
