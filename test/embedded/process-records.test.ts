import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identify, isAlive, ownIdentity, type ProcessIdentity } from '../../src/embedded/process-identity.ts';
import { clearLeftovers, createProcessRecords } from '../../src/embedded/process-records.ts';

let folder = '';
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-records-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const fail = (error: unknown) => {
  throw error;
};

function sleeper(): { pid: number; identity: ProcessIdentity; exited: Promise<NodeJS.Signals | null> } {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  children.push(child);
  const exited = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_code, signal) => resolve(signal)),
  );
  const identity = identify(child.pid ?? 0);
  if (!identity) throw new Error('the sleeper did not start');
  return { pid: identity.pid, identity, exited };
}

describe('clearing what a killed owner left', () => {
  it.skipIf(process.getuid?.() !== 0)('[S1] ends no process that a record of another user names', async () => {
    const left = sleeper();
    createProcessRecords(folder, fail).add('temporal', left.identity);
    chownSync(path.join(folder, 'temporal.json'), 65_500, 65_500);
    expect(await clearLeftovers(folder)).toEqual([]);
    expect(isAlive(left.identity)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends the recorded processes and removes their records', async () => {
    const left = sleeper();
    createProcessRecords(folder, fail).add('temporal', left.identity);
    expect(await clearLeftovers(folder)).toEqual([{ role: 'temporal', pid: left.pid }]);
    expect(await left.exited).toBe('SIGTERM');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves a process alone that has the pid of one that was recorded', async () => {
    const stranger = sleeper();
    const identity = identify(stranger.pid);
    const record = { role: 'temporal', pid: stranger.pid, startMark: `${identity?.startMark}0` };
    writeFileSync(path.join(folder, 'temporal.json'), JSON.stringify(record));
    expect(await clearLeftovers(folder)).toEqual([]);
    expect(identity && isAlive(identity)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('passes over records that are half written or name what is no process', async () => {
    writeFileSync(path.join(folder, 'postgres.json'), '{"role":"postgres","pid":');
    writeFileSync(path.join(folder, 'worker.json'), '{"role":"worker","pid":-1,"startMark":"x"}');
    writeFileSync(path.join(folder, 'server.json'), '{"role":"init","pid":1,"startMark":"x"}');
    expect(await clearLeftovers(folder)).toEqual([]);
  });
});

describe('the identity of a process', () => {
  it('holds for a process that lives and for no other', async () => {
    expect(isAlive(ownIdentity())).toBe(true);
    const other = sleeper();
    const identity = identify(other.pid);
    expect(identity?.startMark).not.toBe(ownIdentity().startMark);
    children.at(-1)?.kill('SIGKILL');
    await other.exited;
    expect(identity && isAlive(identity)).toBe(false);
  });
});
