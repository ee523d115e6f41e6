import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { createDb, type Db } from '../../../src/ledger/db.ts';
import { migrate } from '../../../src/ledger/migrate.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

export interface Cluster {
  readonly db: Db;
  readonly url: string;
  /** A connection of somebody else's. */
  connect(): Promise<pg.Client>;
}

/** A new database on a server, with the tables of the queue. */
export async function createLedger(server: TestPostgres, name: string): Promise<{ db: Db; url: string }> {
  const admin = new pg.Client({ connectionString: `${server.url}/postgres` });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const url = `${server.url}/${name}`;
  const db = createDb({ url, applicationName: 'feed' });
  await migrate(db);
  return { db, url };
}

/**
 * A server that the test file has to itself: what is final waits for every transaction that is open in its cluster,
 * and on the shared one those of other files are.
 */
export function useCluster(): Cluster {
  let server: TestPostgres | undefined;
  let ledger: { db: Db; url: string } | undefined;
  const clients: pg.Client[] = [];
  const current = () => {
    if (!ledger) throw new Error('the cluster is there only while tests run');
    return ledger;
  };
  beforeAll(async () => {
    server = await startPostgres();
    ledger = await createLedger(server, 'feed');
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await ledger?.db.close();
    await server?.stop();
  });
  return {
    get db() {
      return current().db;
    },
    get url() {
      return current().url;
    },
    async connect() {
      const client = new pg.Client({ connectionString: current().url });
      await client.connect();
      clients.push(client);
      return client;
    },
  };
}
