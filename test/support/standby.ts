import { execFileSync } from 'node:child_process';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { DataDir } from '../../src/embedded/data-dir.ts';
import { postgresAccount } from '../../src/embedded/postgres-account.ts';
import { clusterFolder } from '../../src/embedded/postgres-cluster.ts';

const LOOKS = 400;
const LOOK_EVERY_MS = 50;

async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** How a standby finds the server that it follows. */
export function conninfoOf(url: string): string {
  const { hostname, port, username, password } = new URL(url);
  return `host=${hostname} port=${port} user=${username} password=${password} application_name=standby`;
}

/** From now on each commit waits for the standby, so that nothing that was acknowledged is lost with the primary. */
export function waitForStandby(url: string): Promise<void> {
  return asSuperuser(url, async (client) => {
    await client.query(`alter system set synchronous_standby_names = '*'`);
    await client.query('select pg_reload_conf()');
    for (let looks = 0; looks < LOOKS; looks++) {
      const { rows } = await client.query(`select from pg_stat_replication where sync_state = 'sync'`);
      if (rows.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    throw new Error('the standby does not follow');
  });
}

/** @returns when the standby takes writes */
export function promote(url: string): Promise<void> {
  return asSuperuser(url, async (client) => void (await client.query('select pg_promote()')));
}

/** Copies a running server's folder, as its online backup, into one that a standby starts on. @param url of its superuser */
export async function copyForStandby(url: string, from: DataDir, to: DataDir): Promise<void> {
  await asSuperuser(url, async (client) => {
    await client.query(`select pg_backup_start('standby', fast => true)`);
    // With its owners: PostgreSQL accepts no folder of anybody else.
    execFileSync('cp', ['-a', `${from.root}/.`, to.root]);
    const stopped = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );
    rmSync(path.join(clusterFolder(to), 'postmaster.pid'), { force: true });
    write(to, 'backup_label', stopped.rows[0]?.labelfile ?? '');
    write(to, 'standby.signal', '');
  });
}

function write(dir: DataDir, name: string, text: string): void {
  const file = path.join(clusterFolder(dir), name);
  writeFileSync(file, text, { mode: 0o600 });
  const account = postgresAccount();
  if (account) chownSync(file, account.uid, account.gid);
}
