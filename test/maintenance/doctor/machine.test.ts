import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { createDataDir, dataDirAt } from '../../../src/embedded/data-dir.ts';
import { type OwnerRecord, takeOwnership } from '../../../src/embedded/owner-file.ts';
import { nodeFinding, OLDEST_NODE } from '../../../src/maintenance/doctor/machine-checks.ts';
import { useDatabase } from '../../support/db.ts';
import { freePort } from '../../support/ports.ts';
import { byFolder, bySettings } from './support/examined.ts';

const ledger = useDatabase();

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'pantry-doctor-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Answers every call alike. */
async function answering(status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A folder whose queue is this process, made of the run's real parts and of what a test gives. */
async function running(changes: Partial<OwnerRecord>): Promise<string> {
  const dir = dataDirAt(folder());
  createDataDir(dir);
  const url = await answering(200, '{"ok":true}');
  const ownership = takeOwnership(dir);
  onTestFinished(() => ownership.release());
  ownership.publish({
    pid: process.pid,
    started_at: '2026-01-01T00:00:00.000Z',
    url,
    mcp_url: `${url}/mcp`,
    database_url: ledger.url,
    key: 'pq_canary_of_the_owner',
    agent_url: url,
    temporal: { address: inject('temporalAddress'), namespace: 'default', ui: url },
    processes: [{ role: 'agent', pid: process.pid }],
    ...changes,
  });
  return dir.root;
}

describe('[H6] doctor says of the machine', () => {
  it('that Node is too old, by the version that the package asks for', () => {
    const { engines } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8'));
    expect(engines.node).toContain(OLDEST_NODE.replace(/\.0$/, ''));
    expect(nodeFinding('18.20.1')).toMatchObject({
      state: 'failed',
      mend: expect.stringContaining('https://nodejs.org'),
    });
    expect(nodeFinding('20.18.3')).toMatchObject({ state: 'failed' });
    for (const version of [OLDEST_NODE, '22.1.0', '24.0.0'])
      expect(nodeFinding(version)).toMatchObject({ state: 'ok' });
  });

  it('which settings cannot be read, without what they hold, and goes on with the rest', async () => {
    const { of } = await bySettings({ DATABASE_URL: 'canary://secret', DEFAULT_TIMEOUT: 'canary' });
    expect(of('settings')).toMatchObject({ state: 'failed', code: 'invalid_argument' });
    expect(of('settings').says).toMatch(/DATABASE_URL must look like .*DEFAULT_TIMEOUT must be a whole number/);
    expect(JSON.stringify(of('settings'))).not.toContain('canary');
    expect(of('node')).toMatchObject({ state: 'ok' });
    expect(of('ledger')).toMatchObject({ state: 'skipped' });
  });

  it('which programs are still to be fetched', async () => {
    const { of } = await byFolder(folder(), { PANTRY_QUEUE_CACHE: folder(), PATH: '/nonexistent' });
    expect(of('programs')).toMatchObject({ state: 'warned', mend: expect.stringContaining('pantry-queue up') });
  });

  it('what is wrong with the folder: a link, a file, open to others, below a file', async () => {
    const real = folder();
    const link = path.join(folder(), 'link');
    symlinkSync(real, link);
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    const open = path.join(folder(), 'open');
    mkdirSync(open);
    chmodSync(open, 0o777);
    for (const [place, says] of [
      [link, 'is a symbolic link'],
      [file, 'is not a folder'],
      [open, 'can be written to by other users'],
      [path.join(file, 'below'), 'ENOTDIR'],
    ] as const) {
      const { of } = await byFolder(place);
      expect(of('folder'), says).toMatchObject({ state: 'failed', says: expect.stringContaining(says) });
      expect(of('folder').mend).toMatch(/chmod|--data-dir/);
    }
  });

  it('that no queue runs, one has died, or one is starting, and how it is started', async () => {
    const dir = dataDirAt(folder());
    const none = await byFolder(dir.root);
    expect(none.of('owner')).toMatchObject({
      state: 'failed',
      mend: `Start it: pantry-queue up --data-dir ${dir.root}`,
    });
    expect(none.failed).toEqual(['owner']);
    expect(none.of('ledger')).toMatchObject({ state: 'skipped' });
    writeFileSync(dir.lock, JSON.stringify({ pid: 1, startMark: 'of another boot' }));
    expect((await byFolder(dir.root)).of('owner').says).toContain('process 1 has ended without stopping');
    rmSync(dir.lock);
    const ownership = takeOwnership(dir);
    expect((await byFolder(dir.root)).of('owner').says).toContain('starting or stopping');
    ownership.release();
  });

  it('that space is short, or will be', async () => {
    const place = folder();
    const short = await byFolder(place, {}, { freeBytes: Number.MAX_SAFE_INTEGER });
    expect(short.of('disk')).toMatchObject({
      state: 'failed',
      code: 'storage_full',
      mend: expect.stringContaining('du -xh'),
    });
    const tight = await bySettings({ DATABASE_URL: ledger.url, IMAGE_DIR: place }, { freeBytes: 2 ** 50 / 10_000 });
    expect(tight.of('disk').says).toContain(`GiB free at ${place}`);
  });

  it('that another program has the port of a queue that is to start', async () => {
    const { port } = new URL(await answering(200, 'hello'));
    const { of } = await byFolder(folder(), { PORT: port });
    expect(of('ports')).toMatchObject({
      state: 'failed',
      code: 'port_taken',
      mend: expect.stringContaining('--port 0'),
    });
  });

  it('which part of a running queue does not listen, with its log, and nothing of its secrets', async () => {
    const agent = `http://127.0.0.1:${await freePort()}`;
    const { of, report } = await byFolder(await running({ agent_url: agent }));
    expect(of('owner')).toMatchObject({ state: 'ok' });
    expect(of('ledger')).toMatchObject({ state: 'ok' });
    expect(of('ports')).toMatchObject({ state: 'failed', mend: expect.stringMatching(/tail -n 50 .*agent\.log$/) });
    expect(of('agent')).toMatchObject({ state: 'failed', code: 'agent_unavailable' });
    const { password } = new URL(ledger.url);
    expect(JSON.stringify(report)).not.toContain('canary');
    expect(password.length).toBeGreaterThan(3);
    expect(JSON.stringify(report)).not.toContain(`:${password}@`);
  });

  it.each([
    [503, '{"ok":false}', 'accepts no calls now (HTTP 503)', 'ledger_unavailable'],
    [200, '<h1>hello</h1>', 'Another program answers', 'port_taken'],
  ] as const)('that its server answers %i %s', async (status, body, says, code) => {
    const { of } = await byFolder(await running({ url: await answering(status, body) }));
    expect(of('server')).toMatchObject({ state: 'failed', code, says: expect.stringContaining(says) });
  });

  it('that nobody answers at the server of the folder, and passes over one that settings place elsewhere', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expect((await byFolder(await running({ url }))).of('server')).toMatchObject({
      state: 'failed',
      code: 'queue_unreachable',
    });
    expect((await bySettings({ DATABASE_URL: ledger.url })).of('server')).toMatchObject({ state: 'skipped' });
  });
});
