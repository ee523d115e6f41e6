import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheDir } from '../../scripts/artifacts.mjs';
import { defaultDemoDir } from '../../src/embedded/data-dir.ts';
import { cleanUp, processesOf } from '../embedded/support/running-up.ts';

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

interface Home {
  readonly home: string;
  readonly checkout: string;
  readonly dataDir: string;
  readonly demoDir: string;
}

/** A home that only its owner may enter, with a checkout and the fetched programs in it. */
function closedHome(owner: Account | undefined): Home {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const home = mkdtempSync(path.join(root, '.cache', 'home-'));
  const checkout = path.join(home, 'pantry-queue');
  mkdirSync(checkout);
  const isCopied = (file: string) => path.basename(file) !== 'node_modules';
  for (const name of readdirSync(root)) {
    if (NOT_COPIED.has(name)) continue;
    cpSync(path.join(root, name), path.join(checkout, name), { recursive: true, filter: isCopied });
  }
  for (const modules of ['node_modules', 'test/mcp/official/node_modules']) {
    if (existsSync(path.join(root, modules))) linkTree(path.join(root, modules), path.join(checkout, modules));
  }
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
  return { home, checkout, dataDir, demoDir: defaultDemoDir({ DATA_DIR: dataDir }) };
}

/** Takes out of a cache what only the tests need, as long as nobody runs one. */
function withoutTestTools(cache: string): { found(): string[]; putBack(): void } {
  const found = () => readdirSync(cache).filter((name) => /^(temporal-test-server|seaweedfs)-/.test(name));
  const aside = path.join(cache, 'aside');
  mkdirSync(aside);
  const taken = found();
  for (const name of taken) renameSync(path.join(cache, name), path.join(aside, name));
  return {
    found,
    putBack() {
      for (const name of taken) renameSync(path.join(aside, name), path.join(cache, name));
    },
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param stopAt what it must have said before it is told to stop */
async function run(args: readonly string[], at: Home, as: Account | undefined, stopAt?: RegExp): Promise<Ended> {
  // The variables of this very test run would make another one a part of it.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV$|TEST$|PROD$|DEV$)/.test(name));
  const child = spawn('npm', args, {
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
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    if (stopAt?.test(stderr)) child.kill('SIGTERM');
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

/** What a person reads on the shipped photos. */
const TRUTH = [
  'Aldi · 2020-03-02 · total 24.23 EUR',
  'Contoso · 2019-06-10 · total 2516.28 USD',
  'dm · 2020-05-18 · total 3.55 EUR',
  'Lidl · 2020-04-30 · total 19.58 EUR',
  'real · 2020-03-23 · total 16.62 EUR',
];

/** Who starts it, in a home that is closed to everybody else. */
const accounts: readonly { who: string; runs: boolean; account: () => Account | undefined }[] = [
  { who: 'root', runs: isRoot, account: () => undefined },
  { who: 'a plain user', runs: true, account: () => (isRoot ? nobody() : undefined) },
];

describe.each(accounts)('$who in a closed home', { timeout: 240_000 }, ({ who, runs, account }) => {
  const skips = process.platform !== 'linux' || !runs;
  let at: Home;
  let as: Account | undefined;
  let testTools: ReturnType<typeof withoutTestTools>;
  beforeAll(() => {
    if (skips) return;
    as = account();
    at = closedHome(as);
    testTools = withoutTestTools(path.join(at.home, 'cache'));
  });
  afterAll(async () => {
    if (skips) return;
    await cleanUp(at.demoDir);
    for (const folder of [at.home, at.dataDir]) rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(skips)(
    '[O1] sets up and runs the demo, which reads every shipped receipt rightly and leaves no process',
    async () => {
      const { code, stdout, stderr } = await run(['run', 'demo'], at, as);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      for (const line of TRUTH) expect(stdout).toContain(`  ${line}\n`);
      expect(stdout).toContain('5 of 5 receipts read');
      expect(stdout).toContain(`"mcp","--data-dir","${at.demoDir}"`);
      expect(stderr).toContain(`Everything of this demo is in ${at.demoDir}\n`);
      expect(stderr).toMatch(/^ocr-\d+ contoso-receipt-2\.jpg: finished: Contoso 2516\.28 USD$/m);
      expect(processesOf(at.demoDir)).toEqual([]);
    },
  );

  it.skipIf(skips || who === 'root')(
    'runs the demo again on the same folder, which says that it was used and reads on, and stops it by a signal in the middle of its work',
    async () => {
      const { code, stderr } = await run(['run', 'demo'], at, as, /: finished: [\s\S]*started\/agent/);
      expect({ code, stderr }).toMatchObject({ code: 1 });
      expect(stderr).toContain('It has been used before');
      expect(stderr).toMatch(/^ocr-([6-9]|1\d) aldi_\S+: /m);
      expect(stderr).toContain('Stopping: what runs is finished or handed back.');
      expect(processesOf(at.demoDir)).toEqual([]);
    },
  );

  it.skipIf(skips)('[O1] runs a test with the real database', async () => {
    expect(testTools.found(), 'the demo fetched what only tests need').toEqual([]);
    testTools.putBack();
    const { code, stdout, stderr } = await run(['test', '--', 'test/ledger/adopt.test.ts'], at, as);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/Tests.*[1-9]\d* passed/);
  });
});
