import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';

const file = path.resolve(import.meta.dirname, '../../../deploy/postgres/10-roles.sql');

/**
 * Runs deploy/postgres/10-roles.sql as the image of PostgreSQL would, on a fresh cluster.
 * @param secretOf what the secret of a name holds
 */
export async function makeDatabaseRoles(superuserUrl: string, secretOf: (name: string) => string): Promise<void> {
  const values = new Map<string, string>();
  const sql = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => {
      const set = /^\\set (\w+) `cat \/run\/secrets\/(\w+)`$/.exec(line);
      if (set) values.set(set[1] ?? '', secretOf(set[2] ?? ''));
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
      await client.query(statement.replace(/:'(\w+)'/g, (_, name: string) => pg.escapeLiteral(values.get(name) ?? '')));
  } finally {
    await client.end();
  }
}
