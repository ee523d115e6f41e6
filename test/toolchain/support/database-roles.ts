import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

const file = path.resolve(import.meta.dirname, '../../../deploy/postgres/10-roles.sql');

export interface Roles {
  /** Address of a database of the cluster, as a login of that file. */
  url(login: 'temporal' | 'queue_owner' | 'queue_app', database: string): string;
}

/** Runs deploy/postgres/10-roles.sql as the image of PostgreSQL would, on a fresh cluster: secrets are random here. */
export async function makeDatabaseRoles(superuserUrl: string): Promise<Roles> {
  const secrets = new Map<string, string>();
  const lines = readFileSync(file, 'utf8').split('\n');
  const sql = lines.filter((line) => {
    const set = /^\\set (\w+) `cat \/run\/secrets\/(\w+)`$/.exec(line);
    if (set) secrets.set(set[1] ?? '', randomBytes(12).toString('hex'));
    else if (line.startsWith('\\')) throw new Error(`10-roles.sql has a line that this helper cannot read: ${line}`);
    return !set;
  });
  const client = new pg.Client({ connectionString: `${superuserUrl}/postgres` });
  await client.connect();
  try {
    // One at a time: a database is made outside of a transaction.
    for (const statement of sql
      .join('\n')
      .split(';')
      .filter((text) => text.trim() !== ''))
      await client.query(
        statement.replace(/:'(\w+)'/g, (_, name: string) => pg.escapeLiteral(secrets.get(name) ?? '')),
      );
  } finally {
    await client.end();
  }
  const passwords = { temporal: 'temporal_password', queue_owner: 'owner_password', queue_app: 'app_password' };
  return {
    url(login, database) {
      const url = new URL(`${superuserUrl}/${database}`);
      url.username = login;
      url.password = secrets.get(passwords[login]) ?? '';
      return url.href;
    },
  };
}
