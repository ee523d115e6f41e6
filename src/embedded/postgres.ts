/** The ledger of the embedded profile: a real PostgreSQL with fsync, on 127.0.0.1 only. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Client } from 'pg';
import type { DataDir } from './data-dir.ts';
import type { ProcessSpec } from './launch.ts';
import { postgresAccount } from './postgres-account.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { clusterFolder, createCluster, endStrayPostmaster, readSecrets, type Secrets } from './postgres-cluster.ts';
import { until } from './until.ts';

const databaseName = 'pantry_queue';
/** The role of the application: owner of the database and no superuser, as it would be in production. */
const roleName = 'pantry_queue';

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Compiling a query costs more than the short ones of a queue ever give back.
  jit: 'off',
  // Errors of statements quote values, which are text of receipts. In the server's order `log` is above `error`: they
  // stand in our own log, without values, and what the server says about itself stays in its log.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

export interface EmbeddedPostgres {
  readonly spec: ProcessSpec;
  /** The queue's own database, as its owner. */
  readonly databaseUrl: string;
  /** Of the server without a database, as its superuser: for anyone who keeps databases of their own on it. */
  readonly superuserUrl: string;
}

/**
 * Makes the cluster where there is none; the process itself is started by the supervisor.
 * @param port fixed for the life of this `up`, so that the ledger is found again after a restart
 * @param changed server settings (`postgresql.conf` names) in place of ours
 */
export async function createEmbeddedPostgres(
  dir: DataDir,
  port: number,
  changed: Readonly<Record<string, string>> = {},
): Promise<EmbeddedPostgres> {
  const account = postgresAccount();
  const binaries = await postgresBinaries(account, path.join(dir.postgres, 'programs-18.4'));
  await createCluster(dir, binaries, account);
  const secrets = readSecrets(dir);
  const cluster = clusterFolder(dir);
  const flags = Object.entries({ ...SETTINGS, ...changed }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

  return {
    databaseUrl: `postgresql://${roleName}:${secrets.application}@127.0.0.1:${port}/${databaseName}`,
    superuserUrl: `postgresql://postgres:${secrets.superuser}@127.0.0.1:${port}`,
    spec: {
      role: 'postgres',
      logFile: path.join(dir.logs, 'postgres.log'),
      // Long enough to replay the log after a kill on a slow disk.
      readyTimeoutMs: 120_000,
      // The last children of a killed postmaster take a moment to notice, and hold its shared memory until then.
      firstTries: 6,
      prepare: () => endStrayPostmaster(cluster),
      launch: (logHandle) =>
        spawn(binaries.postgres, ['-D', cluster, '-p', String(port), ...flags], {
          cwd: cluster,
          env: { PATH: process.env.PATH, LC_ALL: 'C' },
          stdio: ['ignore', logHandle, logHandle],
          detached: true,
          ...account,
        }),
      ready: async (_child, signal) => {
        await until(() => answers(port, secrets), 50, signal);
        await createDatabase(port, secrets);
      },
    },
  };
}

async function answers(port: number, secrets: Secrets): Promise<boolean> {
  try {
    await asSuperuser(port, secrets, (client) => client.query('SELECT 1'));
    return true;
  } catch {
    return false;
  }
}

async function createDatabase(port: number, secrets: Secrets): Promise<void> {
  await asSuperuser(port, secrets, async (client) => {
    const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [roleName]);
    if (role.rowCount === 0) {
      const password = client.escapeLiteral(secrets.application);
      await client.query(`CREATE ROLE ${roleName} LOGIN CREATEROLE PASSWORD ${password}`);
    }
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${databaseName} OWNER ${roleName}`);
  });
}

async function asSuperuser(port: number, secrets: Secrets, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: secrets.superuser,
    database: 'postgres',
    connectionTimeoutMillis: 5_000,
  });
  // A connection that breaks while idle is reported here; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
