import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessSpec } from '../../src/embedded/launch.ts';
import type { Role } from '../../src/embedded/owner-file.ts';
import { identify, sendSignal } from '../../src/embedded/process-identity.ts';
import { createProcessRecords } from '../../src/embedded/process-records.ts';
import { createSupervisor, type Supervisor, type SupervisorEvent } from '../../src/embedded/supervisor.ts';
import { waitUntil } from './support/running-up.ts';

let folder = '';
let events: SupervisorEvent[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-supervisor-'));
  events = [];
});
afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) {
    supervisor.hurry();
    await supervisor.stop();
  }
  rmSync(folder, { recursive: true, force: true });
});

const supervisors: Supervisor[] = [];
function supervise(healthyMs = 60_000): Supervisor {
  const supervisor = createSupervisor({
    records: createProcessRecords(folder, () => undefined),
    onEvent: (event) => events.push(event),
    backOff: { firstMs: 20, maxMs: 80, healthyMs },
  });
  supervisors.push(supervisor);
  return supervisor;
}

const living = "process.stdout.write('up\\n'); setInterval(() => {}, 1000);";

/** A process that runs a line of JavaScript and is ready with its first output. */
function spec(role: Role, code: string, readyTimeoutMs = 20_000): ProcessSpec {
  return {
    role,
    logFile: path.join(folder, `${role}.log`),
    readyTimeoutMs,
    launch: (logHandle) =>
      spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', logHandle], detached: true }),
    ready: async (child: ChildProcess) => {
      if (child.stdout) await once(child.stdout, 'data');
    },
  };
}

const died = () => events.filter((event) => event.event === 'process.died' || event.event === 'process.restart_failed');

describe('the supervisor', () => {
  it('waits twice as long after each death, up to a limit', async () => {
    const supervisor = supervise();
    await supervisor.start(spec('worker', "process.stdout.write('up\\n'); setTimeout(() => process.exit(3), 50);"));
    await waitUntil('four deaths', () => died().length >= 4);
    await supervisor.stop();
    expect(
      died()
        .slice(0, 4)
        .map(({ restartInMs }) => restartInMs),
    ).toEqual([20, 40, 80, 80]);
    expect(died()[0]).toMatchObject({ event: 'process.died', role: 'worker', how: 'with code 3' });
  });

  it('forgets earlier deaths of a process that then stayed well', async () => {
    const supervisor = supervise(0);
    await supervisor.start(spec('worker', "process.stdout.write('up\\n'); setTimeout(() => process.exit(3), 50);"));
    await waitUntil('three deaths', () => died().length >= 3);
    await supervisor.stop();
    expect(new Set(died().map(({ restartInMs }) => restartInMs))).toEqual(new Set([20]));
  });

  it('says why a part did not start, with the end of its log', async () => {
    const supervisor = supervise();
    const start = supervisor.start(spec('agent', "console.error('no model in this folder'); process.exit(7);"));
    await expect(start).rejects.toMatchObject({
      code: 'part_failed',
      message: 'The OCR agent did not start: it ended with code 7.',
      hint: expect.stringContaining('no model in this folder'),
    });
    await supervisor.stop();
  });

  it('ends a part that is never ready, and says how long it waited', async () => {
    const supervisor = supervise();
    const start = supervisor.start(spec('agent', 'setInterval(() => {}, 1000)', 300));
    await expect(start).rejects.toMatchObject({
      message: 'The OCR agent did not start: it was not ready after 0.3 s.',
    });
    expect(supervisor.processes()).toEqual([]);
    await supervisor.stop();
  });

  it('says which program is missing', async () => {
    const supervisor = supervise();
    const missing = { ...spec('temporal', ''), launch: () => spawn('/nowhere/temporal', { stdio: 'ignore' }) };
    const start = supervisor.start({ ...missing, ready: () => new Promise(() => undefined) });
    await expect(start).rejects.toMatchObject({ message: expect.stringContaining('ENOENT') });
    await supervisor.stop();
  });

  it('stops in the reverse order, each gone before the next is asked', async () => {
    const supervisor = supervise();
    const slowToEnd = `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 150)); ${living}`;
    for (const role of ['temporal', 'agent', 'worker', 'server'] as const)
      await supervisor.start(spec(role, slowToEnd));
    await supervisor.stop();
    const stopped = events.filter((event) => event.event === 'process.stopped');
    expect(stopped.map(({ role }) => role)).toEqual(['server', 'worker', 'agent', 'temporal']);
    expect(stopped.every((event) => event.ms >= 100)).toBe(true);
  });

  it('does not wait for a process that ignores a stop once it is hurried', async () => {
    const supervisor = supervise();
    await supervisor.start(spec('worker', `process.on('SIGTERM', () => {}); ${living}`));
    const [worker] = supervisor.processes();
    const begunAt = Date.now();
    const stopping = supervisor.stop();
    supervisor.hurry();
    await stopping;
    expect(Date.now() - begunAt).toBeLessThan(5_000);
    expect(identify(worker?.pid ?? 0)).toBeUndefined();
  });

  it('takes a dead agent’s own children with it', async () => {
    const supervisor = supervise();
    const childFile = path.join(folder, 'child-pid');
    const parent = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      require('node:fs').writeFileSync(${JSON.stringify(childFile)}, String(child.pid));
      ${living}`;
    await supervisor.start(spec('agent', parent));
    const child = identify(Number(readFileSync(childFile, 'utf8')));
    expect(child).toBeDefined();
    for (const { pid } of supervisor.processes()) sendSignal(pid, 'SIGKILL');
    await waitUntil('the child to go', () => identify(child?.pid ?? 0)?.startMark !== child?.startMark);
    await supervisor.stop();
  });

  it('breaks off a restart that is waiting when it is stopped', async () => {
    const supervisor = supervise();
    await supervisor.start(spec('worker', living));
    for (const { pid } of supervisor.processes()) sendSignal(pid, 'SIGKILL');
    await waitUntil('the death', () => died().length === 1);
    await supervisor.stop();
    expect(supervisor.processes()).toEqual([]);
    expect(events.filter((event) => event.event === 'process.ready')).toHaveLength(1);
  });
});
