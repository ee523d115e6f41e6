import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { installedFrom } from './debian-package.ts';
import { freePort } from './ports.ts';

const VERSIONS = '/usr/lib/postgresql';

/** The newest version that has both the server and its tools; the embedded package brings the server alone. */
function findTools(): string | undefined {
  if (!existsSync(VERSIONS)) return undefined;
  return readdirSync(VERSIONS)
    .filter((version) => Number(version) >= 15)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => path.join(VERSIONS, version, 'bin'))
    .find((folder) => ['initdb', 'pg_dump', 'pg_restore', 'psql'].every((name) => existsSync(path.join(folder, name))));
}

/** The folder of `pg_dump`, `pg_restore` and `psql`, and of a server that they can dump. */
export const postgresTools = installedFrom('postgresql', findTools);

/** A new server of the version of `postgresTools`, for anyone who connects to it from this machine. */
export async function startDumpablePostgres(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  if ('missing' in postgresTools) throw new Error(postgresTools.missing);
  const tools = postgresTools.program;
  const account = postgresAccount();
  const root = await mkdtemp(path.join(tmpdir(), 'pantry-test-pg-'));
  if (account) chownSync(root, account.uid, account.gid);
  const data = path.join(root, 'data');
  const run = (program: string, ...args: string[]) =>
    execFileSync(path.join(tools, program), args, {
      cwd: root,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: 'ignore',
      ...account,
    });
  const port = await freePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  run(
    'initdb',
    `--pgdata=${data}`,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  );
  const end = () => void run('pg_ctl', `--pgdata=${data}`, '--mode=immediate', '--wait', 'stop');
  process.once('exit', end);
  run('pg_ctl', `--pgdata=${data}`, `--log=${path.join(root, 'log')}`, '--wait', `--options=${settings}`, 'start');
  return {
    url: `postgresql://postgres@127.0.0.1:${port}`,
    async stop() {
      process.off('exit', end);
      end();
      await rm(root, { recursive: true, force: true });
    },
  };
}
