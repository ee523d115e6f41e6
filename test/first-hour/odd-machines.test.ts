import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheDir } from '../../scripts/artifacts.mjs';
import { EXIT } from '../../src/contract/exit-codes.ts';
import { cleanUp } from '../embedded/support/running-up.ts';
import { BUILT_MAIN } from '../support/run-built.ts';

let folder: string;
/** With `ö` and a blank, in a folder that PostgreSQL's own user can pass. */
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-odd-'));
  dataDir = mkdtempSync(path.join(tmpdir(), 'pantry odd ö-'));
});
afterEach(async () => {
  await cleanUp(dataDir);
  for (const each of [folder, dataDir]) rmSync(each, { recursive: true, force: true });
});

/** Every program of this machine but those whose name begins so. */
function pathWithout(...names: readonly string[]): string {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  const isLeftOut = (file: string) => names.some((name) => path.basename(file).startsWith(name));
  const list = 'IFS=:; for dir in $PATH; do for file in "$dir"/*; do [ -x "$file" ] && echo "$file"; done; done';
  const found = execFileSync('sh', ['-c', list], { encoding: 'utf8', maxBuffer: 1e7 }).split('\n').filter(Boolean);
  for (const file of found.filter((each) => !isLeftOut(each))) {
    try {
      symlinkSync(file, path.join(bin, path.basename(file)));
    } catch {
      // The first of a name counts, as on a PATH.
    }
  }
  return bin;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  before: readonly string[] = [],
): Promise<Ended> {
  const [program = process.execPath, ...rest] = [...before, process.execPath, BUILT_MAIN, ...args];
  const child = spawn(program, rest, {
    env: { PATH: process.env.PATH ?? '', HOME: folder, DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...said })));
}

const ONCE = ['up', '--port', '0', '--exit-when-idle'];
const SET_UP = { PANTRY_QUEUE_CACHE: cacheDir() };
/** Nothing can be fetched: every address leads to a proxy that is not there. */
const NO_LINE = {
  HTTPS_PROXY: 'http://127.0.0.1:9',
  HTTP_PROXY: 'http://127.0.0.1:9',
  https_proxy: 'http://127.0.0.1:9',
  http_proxy: 'http://127.0.0.1:9',
  PIP_RETRIES: '0',
};

/** A network of its own with nothing in it but itself; not every system lets one be made. */
const ALONE = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'alone'];
const canBeAlone = spawnSync(ALONE[0] ?? '', [...ALONE.slice(1), 'true']).status === 0;

/** A folder of this system in which nobody can make anything. */
const READ_ONLY = '/sys';
const isReadOnly = (() => {
  try {
    accessSync(READ_ONLY, constants.R_OK);
    mkdirSync(path.join(READ_ONLY, 'pantry-queue'));
    return false;
  } catch {
    return process.platform === 'linux';
  }
})();

/** What people see of a failure: one error, without a stack or a text of the system alone. */
function expectOneError({ stderr }: Ended, says: RegExp): void {
  const errors = stderr.split('\n').filter((line) => line.startsWith('Error ('));
  expect(errors).toEqual([expect.stringMatching(says)]);
  expect(stderr).not.toMatch(/ {4}at |node:internal/);
}

describe('a machine that lacks something', { timeout: 180_000 }, () => {
  // One start for all three: each alone would be missed in the same place.
  it('[H9] set up, runs without Python, without a network and with a home that cannot be written to', async () => {
    const env = { ...SET_UP, PATH: pathWithout('python', 'pip'), ...(isReadOnly ? { HOME: READ_ONLY } : {}) };
    const { code, stdout, stderr } = await run(ONCE, env, canBeAlone ? ALONE : []);
    expect({ code, stderr }).toMatchObject({ code: EXIT.ok });
    expect(stdout).toContain('http://127.0.0.1:');
  });

  it('[H9] without Python and without a network, not set up: says in one sentence what is missing and where it goes', async () => {
    const env = {
      ...NO_LINE,
      PANTRY_QUEUE_CACHE: path.join(folder, 'cache'),
      PATH: pathWithout('python', 'pip', 'temporal'),
    };
    const ended = await run(ONCE, env);
    expect(ended.code).toBe(EXIT.unavailable);
    expectOneError(
      ended,
      /is missing and could not be fetched: .*pip was not found.*Run this again when online, or: [a-z]/,
    );
  });

  it.skipIf(!isReadOnly)(
    '[H9] with a home that cannot be written to: names the setting that moves the cache',
    async () => {
      const home = { HOME: READ_ONLY, PATH: pathWithout('temporal') };
      const refused = await run(ONCE, home);
      expect(refused.code).toBe(EXIT.unavailable);
      expectOneError(
        refused,
        /is to be kept in \/sys\/\.cache\/pantry-queue, which cannot be written to .*PANTRY_QUEUE_CACHE/,
      );
    },
  );

  it.skipIf(!isReadOnly)('[H9] with a data folder that cannot be written to: names the flag', async () => {
    const ended = await run([...ONCE, '--data-dir', path.join(READ_ONLY, 'queue')], SET_UP);
    expect(ended.code).toBe(EXIT.usage);
    expectOneError(ended, /\/sys\/queue (may not be made|lies on a disk)/);
    expect(ended.stderr).toContain('Name another folder with --data-dir or DATA_DIR.');
  });
});
