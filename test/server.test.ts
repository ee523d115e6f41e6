import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { EXIT } from '../src/contract/exit-codes.ts';
import { addReceipts, useDatabase } from './support/db.ts';
import { runBuilt } from './support/run-built.ts';

const database = useDatabase();
/** All servers of one queue have the same one. */
let imageDir = '';
beforeAll(async () => {
  imageDir = await mkdtemp(path.join(tmpdir(), 'pantry-server-'));
});
afterAll(() => rm(imageDir, { recursive: true, force: true }));
const entry = fileURLToPath(new URL('../dist/src/server.js', import.meta.url));

interface Server {
  readonly child: ChildProcess;
  readonly url: string;
  readonly log: () => string;
  readonly exited: Promise<number | null>;
}

const running: ChildProcess[] = [];
/** They leave in order, so that no later test sees in the ledger what one of them has seen last. */
afterEach(() =>
  Promise.all(
    running.splice(0).map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const left = once(child, 'exit');
      child.kill('SIGTERM');
      await left;
    }),
  ),
);

function launch(env: Record<string, string>): {
  child: ChildProcess;
  log: () => string;
  exited: Promise<number | null>;
} {
  const child = fork(entry, [], {
    execArgv: [],
    env: {
      PATH: process.env.PATH ?? '',
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      QUEUE_NAME: 'server-test',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.push(child);
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return { child, log: () => text, exited };
}

async function start(env: Record<string, string> = {}): Promise<Server> {
  const launched = launch({ DATABASE_URL: database.url, IMAGE_DIR: imageDir, PORT: '0', ...env });
  const port = await new Promise<number>((resolve, reject) => {
    launched.child.on('message', (message) => {
      const { event, port: listening } = message as { event: string; port?: number };
      if (event === 'listening') resolve(listening ?? 0);
    });
    void launched.exited.then((code) => reject(new Error(`the server ended with ${code}: ${launched.log()}`)));
  });
  return { ...launched, url: `http://127.0.0.1:${port}` };
}

it('serves HTTP and MCP, says how its parts are, and stops in order on SIGTERM, answering who waits', async () => {
  const server = await start();
  expect(await (await fetch(`${server.url}/readyz`)).json()).toMatchObject({
    ok: true,
    parts: { ledger: 'ok', agent: expect.any(String) },
  });
  const [id] = await addReceipts(database.db, 1);
  // Paused, so that the job waits for its turn whatever else happens.
  await fetch(`${server.url}/queue/pause`, { method: 'POST' });
  await fetch(`${server.url}/receipts/${id}/ocr`, { method: 'POST' });
  expect((await fetch(`${server.url}/mcp`)).status).toBe(405);

  const waiting = fetch(`${server.url}/jobs/ocr-${id}?wait_seconds=45`);
  await expect.poll(server.log).toContain('"process.ready"');
  // The wait is on its way once another call, sent after it, has been answered.
  await fetch(`${server.url}/livez`);
  server.child.kill('SIGTERM');
  expect(await (await waiting).json()).toMatchObject({ job_id: `ocr-${id}`, status: 'queued' });
  expect(await server.exited).toBe(0);
  const lines = server.log().trim().split('\n');
  expect(() => lines.map((line) => JSON.parse(line))).not.toThrow();
});

it('ends when the process that started it has gone', async () => {
  const server = await start();
  await expect.poll(server.log).toContain('"process.ready"');
  server.child.disconnect();
  expect(await server.exited).toBe(0);
});

it('says that its port is taken, and exits', async () => {
  const first = await start();
  const { port } = new URL(first.url);
  const second = launch({ DATABASE_URL: database.url, IMAGE_DIR: imageDir, PORT: port });
  expect(await second.exited).toBe(EXIT.unavailable);
  expect(second.log()).toContain(`127.0.0.1:${port} is used by another program.`);
});

it('says which setting is wrong, and exits', async () => {
  const server = launch({ DATABASE_URL: 'nonsense' });
  expect(await server.exited).toBe(EXIT.usage);
  expect(server.log()).toContain('DATABASE_URL must look like postgresql://');
});

it('starts and answers while Temporal is away, and says so', async () => {
  const server = await start({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  await fetch(`${server.url}/queue/resume`, { method: 'POST' });
  const [id] = await addReceipts(database.db, 1);
  const response = await fetch(`${server.url}/receipts/${id}/ocr`, { method: 'POST' });
  expect(await response.json()).toMatchObject({ job_id: `ocr-${id}`, status: 'processing' });
  await expect
    .poll(async () => (await fetch(`${server.url}/readyz`)).json(), { timeout: 20_000 })
    .toMatchObject({
      ok: true,
      parts: { ledger: 'ok', engine: 'down', engine_since: expect.any(String) },
      problems: expect.arrayContaining([
        {
          part: 'engine',
          message: 'Temporal at 127.0.0.1:1 cannot be reached.',
          since: expect.any(String),
        },
      ]),
    });
});

it('[I15] tells on /readyz that its image folder has gone, and since when, and takes calls all the same', async () => {
  const server = await start();
  const readiness = async () => (await fetch(`${server.url}/readyz`)).json();
  expect(await readiness()).toMatchObject({ ok: true, parts: { images: 'ok' } });
  await rename(imageDir, `${imageDir}.away`);
  try {
    await expect.poll(readiness, { timeout: 20_000, interval: 500 }).toMatchObject({
      ok: true,
      parts: { images: 'down' },
      problems: expect.arrayContaining([
        { part: 'images', message: expect.stringContaining('id file is not what it was'), since: expect.any(String) },
      ]),
    });
  } finally {
    await rename(`${imageDir}.away`, imageDir);
  }
  await expect.poll(readiness, { timeout: 20_000, interval: 500 }).toMatchObject({ parts: { images: 'ok' } });
});

it('[P9] a server and a worker of another queue name refuse to start on its ledger, and name both', async () => {
  await start();
  const env = { DATABASE_URL: database.url, IMAGE_DIR: imageDir, PORT: '0', QUEUE_NAME: 'another' };
  const server = launch(env);
  const worker = runBuilt(['worker'], { ...env, TEMPORAL_ADDRESS: inject('temporalAddress') });
  expect(await server.exited).toBe(EXIT.conflict);
  expect((await worker).exitCode).toBe(EXIT.conflict);
  for (const said of [server.log(), (await worker).stderr]) {
    expect(said).toContain('QUEUE_NAME is \\"another\\" here and \\"server-test\\" in the queue.');
  }
});
