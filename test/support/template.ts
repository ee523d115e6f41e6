import pg from 'pg';
import { createDb } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';

/** Makes `template_pantry`, migrated, which the databases of tests are copies of. @param url of the superuser */
export async function createTemplate(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: `${url}/postgres` });
  await admin.connect();
  await admin.query('create database template_pantry');
  await admin.end();
  const db = createDb({ url: `${url}/template_pantry`, applicationName: 'test-setup' });
  await migrate(db);
  await db.close();
}
