import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { installedFrom } from './debian-package.ts';
import { freePort, listens } from './ports.ts';

const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'];

export const pgbouncer = installedFrom('pgbouncer', () => PLACES.find((place) => existsSync(place)));

export interface Pooler {
  /** Of the pooler, without a database. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface PoolerConfig {
  /** In front of which server, as the users who may log in with these names and passwords. */
  readonly server: URL;
  readonly logins: readonly (readonly [name: string, password: string])[];
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}

/** Writes what PgBouncer is started with into a folder that its account can read. @returns the file */
export async function configurePooler(dir: string, { server, logins, port, settings }: PoolerConfig): Promise<string> {
  await chmod(dir, 0o755);
  const users = logins.map(([name, password]) => `"${name}" "${password}"\n`).join('');
  await writeFile(path.join(dir, 'users.txt'), users, { mode: 0o644 });
  const lines = Object.entries({
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: path.join(dir, 'users.txt'),
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`);
  const file = path.join(dir, 'pgbouncer.ini');
  const databases = `* = host=${server.hostname} port=${server.port}`;
  await writeFile(file, ['[databases]', databases, '[pgbouncer]', ...lines, ''].join('\n'), { mode: 0o644 });
  return file;
}

/** A real PgBouncer in front of the run's server. */
export async function startPooler(
  mode: 'transaction' | 'session' | 'statement',
  settings: Readonly<Record<string, string>> = {},
): Promise<Pooler> {
  if (!('program' in pgbouncer)) throw new Error(pgbouncer.missing);
  const server = new URL(inject('postgresUrl'));
  const port = await freePort();
  const account = postgresAccount();
  const dir = await mkdtemp(path.join(tmpdir(), 'pantry-pgbouncer-'));
  const file = await configurePooler(dir, {
    server,
    logins: [[server.username, server.password]],
    port,
    // Few connections, so that statements of one client really meet several of them.
    settings: { pool_mode: mode, default_pool_size: '4', max_client_conn: '200', ...settings },
  });
  const child = spawn(pgbouncer.program, [file], { stdio: ['ignore', 'ignore', 'pipe'], ...account });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  await untilListening(port, child, () => said);
  return {
    url: `postgresql://${server.username}:${server.password}@127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess, said: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    if (await listens(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`PgBouncer does not listen: ${said().slice(-1_000)}`);
}
