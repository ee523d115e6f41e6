import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${inject('postgresUrl')}/postgres` });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * A database of the caller's own, on the run's real server.
 * @param options `migrated: false` gives an empty one; `through`: the address by which it is used, a pooler's
 */
export async function createTestDatabase(
  options: { migrated?: boolean; through?: ((url: string) => string) | undefined } = {},
): Promise<{
  url: string;
  db: Db;
  drop(): Promise<void>;
}> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(
    `create database ${name} ${options.migrated === false ? '' : 'template template_pantry strategy file_copy'}`,
  );
  const direct = `${inject('postgresUrl')}/${name}`;
  const url = options.through?.(direct) ?? direct;
  const db = createDb({ url, applicationName: 'test', maxConnections: 20 });
  // The template's id would be shared: each ledger is one of its own.
  if (options.migrated !== false) await db.query('update pantry_queue.ledger set ledger_id = gen_random_uuid()');
  return {
    url,
    db,
    async drop() {
      await db.close();
      await onServer(`drop database ${name} with (force)`);
    },
  };
}

/** One database for all tests of a file; read it inside the tests. */
export function useDatabase(): { readonly db: Db; readonly url: string } {
  let database: Awaited<ReturnType<typeof createTestDatabase>> | undefined;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database?.drop());
  const current = () => {
    if (!database) throw new Error('the database is there only while tests run');
    return database;
  };
  return {
    get db() {
      return current().db;
    },
    get url() {
      return current().url;
    },
  };
}

/** Puts receipts into the replaced system's table, as its own code would. */
export async function addReceipts(db: Db, count: number, userId = 1): Promise<number[]> {
  const rows = await db.query<{ id: number }>(
    `insert into public.receipts (user_id, image_path, purchase_date)
     select $2, 'minio://receipts/image-' || n || '.jpg', '2026-01-30' from generate_series(1, $1) n returning id`,
    [count, userId],
  );
  return rows.map((row) => row.id);
}
