import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { useDatabase } from '../../support/db.ts';
import { startFaultyS3 } from '../../support/faulty-s3.ts';
import { freePort } from '../../support/ports.ts';
import { createBucket, type S3Access } from '../../support/s3.ts';
import { bySettings } from './support/examined.ts';

const ledger = useDatabase();
const look = (env: Readonly<Record<string, string>>) => bySettings({ DATABASE_URL: ledger.url, ...env });

async function agentThat(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'pantry-doctor-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('[H6] doctor says of the agent', () => {
  it.each<[string, RequestListener, string]>([
    ['is not ready', (_, response) => void response.writeHead(503).end(), 'HTTP 503'],
    ['is broken', (_, response) => void response.writeHead(500).end(), 'HTTP 500'],
    [
      'is a web page',
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(),
      'a web page',
    ],
    ['cuts', (request) => void request.socket.destroy(), 'closes connections without an answer'],
    ['is silent', () => undefined, 'does not answer'],
  ])('that it %s, with what it must answer', async (_how, answer, says) => {
    const url = await agentThat(answer);
    const { of } = await look({ AGENT_URL: `${url}/v1?token=canary` });
    expect(of('agent')).toMatchObject({ state: 'failed', says: expect.stringContaining(says) });
    expect(of('agent').mend).toContain(`curl -i ${url}/readyz`);
    expect(of('clock-agent')).toMatchObject({ state: 'skipped' });
  });

  it('that it cannot be reached, or is ready', async () => {
    const { of } = await look({ AGENT_URL: `http://127.0.0.1:${await freePort()}` });
    expect(of('agent')).toMatchObject({ state: 'failed', says: 'The OCR agent cannot be reached.' });
    const well = await look({ AGENT_URL: await agentThat((_, response) => void response.end('{}')) });
    expect(well.of('agent')).toMatchObject({ state: 'ok' });
    expect(well.of('clock-agent')).toMatchObject({ state: 'ok' });
  });
});

/** Settings of a bucket of its own. */
async function s3Of(access: S3Access) {
  const bucket = `doctor-${randomBytes(4).toString('hex')}`;
  await createBucket(inject('s3'), bucket);
  return {
    S3_ENDPOINT: access.endpoint,
    S3_REGION: access.region,
    S3_ACCESS_KEY_ID: access.accessKeyId,
    S3_SECRET_ACCESS_KEY: access.secretAccessKey,
    IMAGE_BUCKET: bucket,
    DATA_DIR: folder(),
  };
}

describe('[H6] doctor says of the image store', () => {
  it('that an image went in and out of the folder, and leaves none there', async () => {
    const dir = folder();
    const { of } = await look({ IMAGE_DIR: dir });
    expect(of('images')).toMatchObject({ state: 'ok' });
    const files = readdirSync(path.join(dir, 'receipts'), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files).toEqual([]);
  });

  it('that the folder is a file, or belongs to another user', async () => {
    const file = path.join(folder(), 'images');
    writeFileSync(file, '');
    expect((await look({ IMAGE_DIR: file })).of('images')).toMatchObject({
      state: 'failed',
      code: 'storage_unavailable',
    });
    const dir = path.join(folder(), 'others');
    mkdirSync(dir);
    vi.spyOn(process, 'getuid').mockReturnValue(54_321);
    const { of } = await look({ IMAGE_DIR: dir });
    vi.restoreAllMocks();
    expect(of('images')).toMatchObject({ state: 'warned', mend: expect.stringContaining('sudo -u') });
    expect(readdirSync(dir)).toEqual([]);
  });

  it('that a bucket can be used, is absent, or does not take these keys, and never the keys', async () => {
    const settings = await s3Of(inject('s3'));
    expect((await look(settings)).of('images')).toMatchObject({ state: 'ok', says: expect.stringContaining('S3 at') });
    const absent = await look({ ...settings, IMAGE_BUCKET: 'doctor-absent' });
    expect(absent.of('images')).toMatchObject({ state: 'failed', code: 'storage_unavailable' });
    const refused = await look({ ...settings, S3_SECRET_ACCESS_KEY: 'canary-secret-0123456789' });
    expect(refused.of('images')).toMatchObject({ state: 'failed', code: 'storage_unavailable' });
    for (const { report } of [absent, refused]) expect(JSON.stringify(report)).not.toMatch(/canary|test-secret/);
  });

  it('that what is stored cannot be removed, and that the store is away', async () => {
    const faulty = await startFaultyS3(inject('s3'));
    onTestFinished(() => faulty.close());
    const settings = await s3Of(faulty);
    faulty.set({ status: 403, code: 'AccessDenied' }, { meets: ({ method }) => method === 'DELETE' });
    expect((await look(settings)).of('images')).toMatchObject({ state: 'failed', code: 'storage_unavailable' });
    const away = await look({ ...settings, S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` });
    expect(away.of('images')).toMatchObject({ state: 'failed' });
    expect(away.of('clock-images')).toMatchObject({ state: 'skipped' });
  });
});

describe('[H6] doctor says of the clocks', () => {
  afterEach(() => vi.useRealTimers());

  it('which of PostgreSQL, Temporal, the agent and the store is an hour ahead of ours', async () => {
    const agent = await agentThat((_, response) => void response.end('{}'));
    const settings = { ...(await s3Of(inject('s3'))), AGENT_URL: agent };
    const right = await look(settings);
    for (const clock of ['clock-postgres', 'clock-temporal', 'clock-agent', 'clock-images'] as const) {
      expect(right.of(clock), clock).toMatchObject({ state: 'ok' });
    }
    const realNow = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => realNow() - 3_600_000);
    const wrong = await look(settings);
    vi.restoreAllMocks();
    expect(wrong.of('clock-postgres').says).toMatch(/^The clock of PostgreSQL is 3(599|600)\.\d s ahead of ours\.$/);
    expect(wrong.of('clock-images')).toMatchObject({ state: 'failed', mend: expect.stringContaining('timedatectl') });
    // Temporal's client times its calls by the same clock, and so does the agent of this test, whose date is ours.
    expect(wrong.of('clock-temporal').state).toMatch(/failed|skipped/);
  });

  it('that an agent’s clock is a day behind', async () => {
    const date = new Date(Date.now() - 86_400_000).toUTCString();
    const { of } = await look({
      AGENT_URL: await agentThat((_, response) => void response.writeHead(200, { date }).end('{}')),
    });
    expect(of('clock-agent')).toMatchObject({
      state: 'failed',
      says: expect.stringMatching(/86\d{3}\.\d s behind ours/),
    });
  });
});
