import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findRunningQueue, type OwnerRecord, roles } from '../../src/embedded/owner-file.ts';
import { identify, sendSignal } from '../../src/embedded/process-identity.ts';
import {
  cleanUp,
  endAll,
  newDataDir,
  pidOf,
  processesOf,
  type RunningUp,
  ready,
  startUp,
  waitUntil,
} from './support/running-up.ts';

// One for all: a new one costs a cluster, and an `up` takes over whatever a killed one left.
let dataDir = '';
beforeAll(() => {
  dataDir = newDataDir();
});
afterAll(() => cleanUp(dataDir));

const isGone = (pid: number) => identify(pid) === undefined;

describe.skipIf(process.platform !== 'linux')('up', () => {
  afterEach(() => endAll(dataDir));

  it('tells where everything is and with which key, and after SIGTERM leaves no process and no owner file', async () => {
    const up = startUp(dataDir, { env: { AUTH: 'required' } });
    const record = await ready(up, dataDir);
    expect(JSON.parse(readFileSync(path.join(dataDir, 'owner.json'), 'utf8'))).toEqual({
      pid: up.pid,
      started_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      mcp_url: `${record.url}/mcp`,
      database_url: expect.stringMatching(/^postgresql:\/\/pantry_queue:[\w-]{32}@127\.0\.0\.1:\d+\/pantry_queue$/),
      key: 'pq_of_this_start',
      agent_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      temporal: {
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        namespace: 'default',
        ui: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      },
      processes: roles.map((role) => ({ role, pid: expect.any(Number) })),
    });
    expect(statSync(path.join(dataDir, 'owner.json')).mode & 0o777).toBe(0o600);
    expect(readFileSync(`/proc/${pidOf(record, 'server')}/environ`, 'utf8')).toContain('AUTH=required');
    expect(await fetch(record.temporal.ui)).toMatchObject({ status: 200 });
    expect(await ask(record.database_url, 'SHOW fsync')).toBe('on');
    expect(await ask(record.database_url, 'SHOW data_checksums')).toBe('on');
    expect(await ask(record.database_url, 'SHOW listen_addresses')).toBe('127.0.0.1');
    expect(await ask(record.database_url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toBe(false);

    sendSignal(up.pid, 'SIGTERM');
    expect(await up.exited).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
    expect(findRunningQueue(dataDir)).toBeUndefined();
    const stops = events(dataDir).filter(({ event }) => event === 'process.stopped');
    expect(stops.map(({ role }) => role)).toEqual(['server', 'worker', 'agent', 'temporal', 'postgres']);
  });

  it('says in a sentence that the port is taken, and starts nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const up = startUp(dataDir, { port });
    expect(await up.exited).toBe(1);
    other.close();
    expect(up.said()).toContain(`Port ${port} on 127.0.0.1 is used by another program.`);
    expect(up.said()).toContain('--port 0');
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('leaves nothing behind when it is stopped in the middle of its start', async () => {
    const fresh = newDataDir();
    onTestFinished(() => cleanUp(fresh));
    const up = startUp(fresh);
    await waitUntil('the first process', () => processesOf(fresh).length > 1);
    sendSignal(up.pid, 'SIGINT');
    expect(await up.exited).toBe(0);
    expect(processesOf(fresh)).toEqual([]);
    expect(findRunningQueue(fresh)).toBeUndefined();
    // And the folder is whole: the next start succeeds.
    await ready(startUp(fresh), fresh);
  });

  it('starts no agent where AGENT_URL names one', async () => {
    const record = await ready(startUp(dataDir, { env: { AGENT_URL: 'http://127.0.0.1:9' } }), dataDir);
    expect(record.agent_url).toBe('http://127.0.0.1:9');
    expect(record.processes.map(({ role }) => role)).toEqual(['postgres', 'temporal', 'worker', 'server']);
  });
});

describe.skipIf(process.platform !== 'linux')('an up that runs', () => {
  afterAll(() => endAll(dataDir));
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await endAll(dataDir);
  });
  let current: RunningUp | undefined;

  async function another(): Promise<{ up: RunningUp; record: OwnerRecord }> {
    current = startUp(dataDir);
    return { up: current, record: await ready(current, dataDir) };
  }

  /** The one that the test before left, since each costs a start of every part; another one where none runs. */
  async function running(): Promise<{ up: RunningUp; record: OwnerRecord }> {
    const record = findRunningQueue(dataDir);
    return current && record?.pid === current.pid ? { up: current, record } : another();
  }

  it('is found and cleared by the next one when it was killed, which leaves exactly one set of processes', async () => {
    const { up: first, record: before } = await running();
    const password = new URL(before.database_url).password;
    await ask(before.database_url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    sendSignal(first.pid, 'SIGKILL');
    await first.exited;
    // The owner file of the killed one still lies there, and nobody takes it for a running queue.
    expect(findRunningQueue(dataDir)).toBeUndefined();
    expect(isGone(pidOf(before, 'postgres'))).toBe(false);

    const { up: second, record: after } = await another();
    expect(before.processes.filter(({ pid }) => !isGone(pid))).toEqual([]);
    const postmasters = processesOf(dataDir).filter((pid) => after.processes.some((entry) => entry.pid === pid));
    expect(postmasters.sort()).toEqual(after.processes.map(({ pid }) => pid).sort());
    expect(second.said()).toContain('was left behind by an earlier run');
    expect(new URL(after.database_url).password).toBe(password);
    expect(await ask(after.database_url, 'SELECT answer FROM kept')).toBe(42);
  });

  it('comes up again at once when it was killed together with everything it ran', async () => {
    const { up: first, record: before } = await running();
    await ask(before.database_url, 'CREATE TABLE kept_too AS SELECT 42 AS answer');
    for (const pid of [first.pid, ...before.processes.map((entry) => entry.pid)]) sendSignal(pid, 'SIGKILL');
    const { record: after } = await another();
    expect(before.processes.filter(({ pid }) => !isGone(pid))).toEqual([]);
    expect(await ask(after.database_url, 'SELECT answer FROM kept_too')).toBe(42);
  });

  it('clears what a killed one left also when its owner file is half written', async () => {
    const { up: first, record: before } = await running();
    sendSignal(first.pid, 'SIGKILL');
    await first.exited;
    writeFileSync(path.join(dataDir, 'owner.json'), '{"pid": 12');
    writeFileSync(path.join(dataDir, 'owner.lock'), '');

    const { record: after } = await another();
    expect(before.processes.filter(({ pid }) => !isGone(pid))).toEqual([]);
    expect(after.processes).toHaveLength(5);
  });

  it('finds a postmaster by its own pid file when the records are lost', async () => {
    const { up: first, record: before } = await running();
    sendSignal(first.pid, 'SIGKILL');
    await first.exited;
    rmSync(path.join(dataDir, 'processes', 'postgres.json'));

    await another();
    expect(isGone(pidOf(before, 'postgres'))).toBe(true);
  });

  it('starts again what dies, says so, and keeps the owner file current', async () => {
    const { up, record: before } = await running();
    const earlier = up.said().length;
    const saidNow = () => up.said().slice(earlier);
    for (const [role, title] of [
      ['postgres', 'PostgreSQL'],
      ['temporal', 'Temporal'],
      ['worker', 'The worker'],
    ] as const) {
      sendSignal(pidOf(before, role), 'SIGKILL');
      const replaced = await waitUntil(`another ${role}`, () => {
        const record = findRunningQueue(dataDir);
        return record?.processes.find((entry) => entry.role === role && entry.pid !== pidOf(before, role));
      });
      expect(isGone(replaced.pid)).toBe(false);
      expect(saidNow()).toContain(`${title} ended by signal SIGKILL; it is started again in 0.5 s.`);
      expect(saidNow()).toContain(`${title} runs again.`);
    }
    const after = findRunningQueue(dataDir);
    expect(after).toMatchObject({ url: before.url, database_url: before.database_url, temporal: before.temporal });
    expect(await ask(before.database_url, 'SELECT 1 AS one')).toBe(1);
  });

  it('starts Temporal anew when its file was deleted', async () => {
    const { up, record: before } = await running();
    const earlier = up.said().length;
    const saidNow = () => up.said().slice(earlier);
    const file = path.join(dataDir, 'temporal', 'temporal.db');
    rmSync(file);
    sendSignal(pidOf(before, 'temporal'), 'SIGKILL');
    await waitUntil('Temporal to run again', () => saidNow().includes('Temporal runs again.'));
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
    expect(await fetch(before.temporal.ui)).toMatchObject({ status: 200 });
  });

  it('refuses a folder that another one has, and names that one', async () => {
    const { up: first, record } = await running();
    const second = startUp(dataDir);
    expect(await second.exited).toBe(1);
    expect(second.said()).toContain(`process ${first.pid}, it answers at ${record.url}`);
    expect(findRunningQueue(dataDir)).toEqual(record);
  });

  it('lets exactly one of several starters have the folder that a killed one left', async () => {
    const { up: killed } = await running();
    sendSignal(killed.pid, 'SIGKILL');
    await killed.exited;
    const starters = [startUp(dataDir), startUp(dataDir), startUp(dataDir)];
    const owner = await waitUntil('an owner', () => findRunningQueue(dataDir));
    const losers = starters.filter(({ pid }) => pid !== owner.pid);
    expect(losers).toHaveLength(2);
    expect(await Promise.all(losers.map(({ exited }) => exited))).toEqual([1, 1]);
    expect(findRunningQueue(dataDir)).toEqual(owner);
  });
});

async function ask(databaseUrl: string, query: string): Promise<unknown> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(query);
    return Object.values(rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

function events(folder: string): { event: string; role: string }[] {
  const lines = readFileSync(path.join(folder, 'logs', 'up.log'), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line));
}
