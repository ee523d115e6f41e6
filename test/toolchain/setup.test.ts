import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureDependencies } from '../../scripts/setup/dependencies.mjs';
import { withLock } from '../../scripts/setup/lock.mjs';

let folder: string;
let said: string[];
const log = (sentence: string) => {
  said.push(sentence);
};

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-queue-setup-'));
  said = [];
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the set-up lock', () => {
  it('lets the second set-up in when the first has ended', async () => {
    const lock = path.join(folder, 'lock');
    const order: string[] = [];
    let finishFirst = () => {};
    const firstMayEnd = new Promise<void>((resolve) => {
      finishFirst = resolve;
    });
    const first = withLock(lock, {
      log,
      work: async () => {
        order.push('first in');
        await firstMayEnd;
        order.push('first out');
      },
    });
    const waits = (sentence: string) => {
      log(sentence);
      finishFirst();
    };
    const second = withLock(lock, { log: waits, work: async () => void order.push('second in') });
    await Promise.all([first, second]);
    expect(order).toEqual(['first in', 'first out', 'second in']);
    expect(said).toEqual([expect.stringContaining(`process ${process.pid}`)]);
    expect(existsSync(lock)).toBe(false);
  });

  it('clears away the lock of a set-up that was killed', async () => {
    const lock = path.join(folder, 'lock');
    mkdirSync(lock);
    writeFileSync(path.join(lock, 'owner'), '4194999\n'); // above the highest process id there is
    await withLock(lock, { log, work: async () => log('in') });
    expect(said).toEqual(['in']);
  });

  it('is kept while a child of a set-up that was killed still runs', async () => {
    const lock = path.join(folder, 'lock');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)']);
    mkdirSync(lock);
    writeFileSync(path.join(lock, 'owner'), `4194999\n${child.pid}\n`);
    const endChild = (sentence: string) => {
      log(sentence);
      child.kill('SIGKILL');
    };
    await withLock(lock, { log: endChild, work: async () => log('in') });
    expect(said).toEqual([expect.stringMatching(/^waiting/), 'in']);
  });

  it('is given back when the work fails', async () => {
    const lock = path.join(folder, 'lock');
    const work = () => Promise.reject(new Error('no space left'));
    await expect(withLock(lock, { log, work })).rejects.toThrow('no space left');
    expect(existsSync(lock)).toBe(false);
  });
});

describe('installing dependencies', () => {
  const holdLock = vi.fn<(pid: number) => void>();
  const locked = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '2.0.0', optional: true },
    },
  };

  function checkout(installed?: object): void {
    writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(locked));
    if (!installed) return;
    mkdirSync(path.join(folder, 'node_modules'));
    writeFileSync(path.join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
  }

  /** Stands in for npm: notes that it was called, and leaves what npm would. */
  function fakeNpm(exitCode: number): string {
    const npm = path.join(folder, 'npm-cli.js');
    writeFileSync(
      npm,
      `const fs = require('node:fs');
       fs.writeFileSync('called', process.argv.slice(2).join(' '));
       fs.mkdirSync('node_modules', { recursive: true });
       process.exit(${exitCode});`,
    );
    vi.stubEnv('npm_execpath', npm);
    return path.join(folder, 'called');
  }

  it('runs npm ci in a fresh checkout, once', async () => {
    checkout();
    const called = fakeNpm(0);
    await ensureDependencies(folder, { log, holdLock });
    expect(readFileSync(called, 'utf8')).toMatch(/^ci /);
    expect(holdLock).toHaveBeenCalledOnce();
    rmSync(called);
    await ensureDependencies(folder, { log, holdLock });
    expect(existsSync(called)).toBe(false);
  });

  it('runs it again when the lock file has changed', async () => {
    checkout({ 'node_modules/a': { version: '0.9.0' } });
    const called = fakeNpm(0);
    await ensureDependencies(folder, { log, holdLock });
    expect(existsSync(called)).toBe(true);
    expect(said[0]).toBe('dependencies have changed');
  });

  it('leaves alone what a person has installed as the lock file says', async () => {
    checkout({ 'node_modules/a': { version: '1.0.0' } });
    const called = fakeNpm(0);
    await ensureDependencies(folder, { log, holdLock });
    expect(existsSync(called)).toBe(false);
    expect(said).toEqual([]);
  });

  it('says what to do when npm fails, and tries again next time', async () => {
    checkout();
    const called = fakeNpm(1);
    await expect(ensureDependencies(folder, { log, holdLock })).rejects.toThrow(/npm ci failed.*try again when online/);
    rmSync(called);
    await expect(ensureDependencies(folder, { log, holdLock })).rejects.toThrow();
    expect(existsSync(called)).toBe(true);
  });
});
