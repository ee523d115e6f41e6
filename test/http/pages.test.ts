import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { type DashboardFiles, readDashboard } from '../../src/http/dashboard-files.ts';
import { appOver } from './support/addresses.ts';

const PAGE = '<!doctype html><title>pantry-queue</title>';
const SCRIPT = 'export const answer = 42;';
let dashboard: DashboardFiles | undefined;
const get = (address: string, headers: Record<string, string> = {}) =>
  appOver({} as QueueApi, { dashboard }).request(`http://localhost${address}`, { headers });

beforeAll(async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'dashboard-'));
  await mkdir(path.join(dir, 'assets'));
  for (const [name, text] of [
    ['index.html', PAGE],
    ['assets/main-Ab3_-9Zz.js', SCRIPT],
    ['assets/theme.js', SCRIPT],
    ['assets/notes.md', 'not of the dashboard'],
  ] as const) {
    const file = path.join(dir, name);
    writeFileSync(file, text);
    writeFileSync(`${file}.br`, brotliCompressSync(text));
    writeFileSync(`${file}.gz`, gzipSync(text));
  }
  dashboard = await readDashboard(dir);
});

describe('[H7] the pages of the dashboard', () => {
  it.each(['/', '/docs', '/ui/jobs', '/ui/jobs/ocr-17', '/ui/anything/%3Cscript%3E'])(
    '[H7] are one page that is never kept, under a policy that runs only our own files: %s',
    async (address) => {
      const response = await get(address);
      expect([response.status, await response.text()]).toEqual([200, PAGE]);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = response.headers.get('content-security-policy') ?? '';
      const rules = new Map(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]));
      expect(Object.fromEntries(rules)).toMatchObject({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'connect-src': "'self'",
        'frame-ancestors': "'none'",
        'base-uri': "'none'",
        'form-action': "'none'",
        'require-trusted-types-for': "'script'",
        'trusted-types': "'none'",
      });
      expect(policy).not.toMatch(/unsafe|data:|\*/);
    },
  );

  it('[H7] leave every address of the API to the API', async () => {
    for (const address of ['/ui', '/ui/jobs/ocr-17/more', '/assets', '/jobs/x/y/z']) {
      expect([address, (await get(address)).status]).toEqual([address, 404]);
    }
  });
});

describe('[H7] the files of the dashboard', () => {
  it.each([
    ['br, gzip', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['gzip;q=1.0, br;q=0', 'gzip', gunzipSync],
    ['BR', 'br', brotliDecompressSync],
  ])('[H7] are sent as they were packed by the build to who takes %s', async (accepted, encoding, unpack) => {
    const response = await get('/assets/main-Ab3_-9Zz.js', { 'accept-encoding': accepted });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(response.headers.get('vary')).toBe('accept-encoding');
    expect(unpack(Buffer.from(await response.arrayBuffer())).toString()).toBe(SCRIPT);
  });

  it.each(['', 'identity', 'zstd', 'br;q=0, gzip;q=0.0'])(
    '[H7] are sent as they are to who takes "%s"',
    async (accepted) => {
      const response = await get('/assets/main-Ab3_-9Zz.js', { 'accept-encoding': accepted });
      expect(response.headers.get('content-encoding')).toBeNull();
      expect(await response.text()).toBe(SCRIPT);
    },
  );

  it('[H7] are kept for ever where their name holds a hash, and asked for again where it does not', async () => {
    const hashed = await get('/assets/main-Ab3_-9Zz.js');
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const plain = await get('/assets/theme.js');
    expect(plain.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/assets/theme.js', { 'if-none-match': plain.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it.each([
    '/assets/main-old00000.js',
    '/assets/notes.md',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/main-Ab3_-9Zz.js.br',
  ])('[H7] are no others: %s', async (address) => {
    const response = await get(address);
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
  });
});

it('[H7] without a build the pages say how to get one, and the API answers', async () => {
  const app = appOver({} as QueueApi);
  const page = await app.request('http://localhost/ui/jobs');
  expect([page.status, await page.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'not_found', hint: expect.stringContaining('build') }),
  ]);
  expect((await app.request('http://localhost/livez')).status).toBe(200);
});
