import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureArtifact } from '#artifacts';
import { nativeFolder } from '../../../src/embedded/postgres-binaries.ts';
import { installedFrom } from '../../support/debian-package.ts';
import { freePort, listens } from '../../support/ports.ts';

const PLACES = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'];
const OLD_SYSTEM = path.join(import.meta.dirname, 'old_system');

/** What the queue that is moved away from is made of, or why it cannot be had here. */
export async function findOldQueue(): Promise<
  { missing: string } | { redis: string; wheels: string; psycopg: string }
> {
  const redis = installedFrom('redis-server', () => PLACES.find((place) => existsSync(place)));
  if ('missing' in redis) return redis;
  try {
    return { redis: redis.program, wheels: await ensureArtifact('rq'), psycopg: await ensureArtifact('psycopg') };
  } catch (error) {
    return { missing: `no Python with RQ: ${String(error).slice(0, 200)}` };
  }
}

export interface OldQueue {
  readonly url: string;
  /** Commands as a page has them, with `rq` on the path, in a shell that ends at the first error. */
  shell(commands: string, env?: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

/** A Redis of the test's own, and RQ for its shell. */
export async function startOldQueue(
  { redis, wheels, psycopg }: { redis: string; wheels: string; psycopg: string },
  databaseUrl: string,
): Promise<OldQueue> {
  const dir = mkdtempSync(path.join(tmpdir(), 'pantry-old-queue-'));
  const port = await freePort();
  const server = spawn(redis, ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''], {
    stdio: 'ignore',
  });
  for (let tries = 0; tries < 400 && !(await listens(port)); tries++) await delay(25);
  const url = `redis://127.0.0.1:${port}/0`;
  const unpacked = path.join(dir, 'python');
  await run('python3', ['-c', UNPACK, unpacked, wheels, psycopg], {});
  writeFileSync(
    path.join(dir, 'rq'),
    `#!/bin/sh\nexec python3 -c 'import sys; from rq.cli import main; sys.argv[0] = "rq"; sys.exit(main())' "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const env = {
    PATH: `${dir}:${process.env.PATH ?? ''}`,
    HOME: dir,
    REDIS_URL: url,
    PYTHONPATH: [OLD_SYSTEM, unpacked].join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    LIBPQ: path.join(nativeFolder(), 'lib', process.platform === 'darwin' ? 'libpq.5.dylib' : 'libpq.so.5'),
    OLD_DATABASE_URL: databaseUrl,
  };
  return {
    url,
    shell: (commands, more = {}) => run('sh', ['-euc', commands], { ...env, ...more }),
    async stop() {
      const gone = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Wheels are archives; some hold data files, which Python reads from folders alone. */
const UNPACK = `import pathlib, sys, zipfile
for folder in sys.argv[2:]:
    for wheel in pathlib.Path(folder).glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(sys.argv[1])`;

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: { ...process.env, ...env }, timeout: 300_000 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${error.message}\n${stdout}${stderr}`)) : resolve(stdout + stderr),
    );
  });
}
