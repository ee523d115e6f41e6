import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cacheDir } from '../../scripts/artifacts.mjs';

const root = path.resolve(import.meta.dirname, '..', '..');
const isRoot = process.getuid?.() === 0;
/** What a checkout does not hold, or what is linked instead of copied. */
const NOT_COPIED = new Set(['.git', '.cache', '.data', 'node_modules', 'coverage']);

interface Account {
  readonly uid: number;
  readonly gid: number;
}

function nobody(): Account {
  const ask = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

/** Hard links where the file system allows them: the packages are 0.9 GB. */
function linkTree(from: string, to: string): void {
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'pipe' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
  }
}

/** A home that only its owner may enter, with a checkout and the fetched programs in it. */
function closedHome(owner: Account | undefined): { home: string; checkout: string; dataDir: string } {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const home = mkdtempSync(path.join(root, '.cache', 'home-'));
  const checkout = path.join(home, 'pantry-queue');
  mkdirSync(checkout);
  for (const name of readdirSync(root)) {
    if (!NOT_COPIED.has(name)) cpSync(path.join(root, name), path.join(checkout, name), { recursive: true });
  }
  linkTree(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'));
  linkTree(cacheDir(), path.join(home, 'cache'));
  // PostgreSQL runs as another user where we are root, so the data lies outside of the closed home, as by default.
  const dataDir = owner ? path.join(home, 'data') : mkdtempSync(path.join(os.tmpdir(), 'pantry-first-contact-'));
  if (owner) {
    // Folders and own files only: a hard link shares its owner with the original.
    execFileSync('find', [
      home,
      '(',
      '-type',
      'd',
      '-o',
      '-links',
      '1',
      ')',
      '-exec',
      'chown',
      `${owner.uid}:${owner.gid}`,
      '{}',
      '+',
    ]);
    chownSync(home, owner.uid, owner.gid);
  }
  chmodSync(home, 0o700);
  return { home, checkout, dataDir };
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function run(command: readonly string[], at: ReturnType<typeof closedHome>, as: Account | undefined): Promise<Ended> {
  const [program = 'npm', ...args] = command;
  // The variables of this very test run would make another one a part of it.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV$|TEST$|PROD$|DEV$)/.test(name));
  const child = spawn(program, args, {
    cwd: at.checkout,
    env: {
      ...Object.fromEntries(inherited),
      HOME: at.home,
      npm_config_cache: path.join(at.home, '.npm'),
      PANTRY_QUEUE_CACHE: path.join(at.home, 'cache'),
      DATA_DIR: at.dataDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...as,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Who starts it, in a home that is closed to everybody else. */
const accounts: readonly { who: string; runs: boolean; account: () => Account | undefined }[] = [
  { who: 'root', runs: isRoot, account: () => undefined },
  { who: 'a plain user', runs: true, account: () => (isRoot ? nobody() : undefined) },
];

describe.skipIf(process.platform !== 'linux')('in a closed home', () => {
  for (const { who, runs, account } of accounts) {
    it.skipIf(!runs)(
      `[O1] ${who} sets up, runs the demo, and runs a test with the real database`,
      { timeout: 240_000 },
      async () => {
        const as = account();
        const at = closedHome(as);
        made.push(at.home, at.dataDir, `${at.dataDir}-demo`);
        const demo = await run(['npm', 'run', 'demo'], at, as);
        expect(demo, demo.output).toMatchObject({ code: 0 });
        expect(demo.output).toContain('5 of 5 receipts read');
        const tested = await run(['npm', 'test', '--', 'test/ledger/adopt.test.ts'], at, as);
        expect(tested, tested.output).toMatchObject({ code: 0 });
        expect(tested.output).toMatch(/Tests.*[1-9]\d* passed/);
        expect(existsSync(`${at.dataDir}-demo`)).toBe(true);
      },
    );
  }
});
