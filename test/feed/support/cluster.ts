import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { createDb, type Db } from '../../../src/ledger/db.ts';
import { migrate } from '../../../src/ledger/migrate.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

/** As the run's shared server: nobody kills this one or cuts its power. */
const NO_POWER_CUT = { fsync: 'off', full_page_writes: 'off' } as const;

export interface Cluster {
  readonly db: Db;
  readonly url: string;
  /** A connection of somebody else's. */
  connect(): Promise<pg.Client>;
}

async function createDatabase(server: TestPostgres, name: string, template = 'template1'): Promise<string> {
  const admin = new pg.Client({ connectionString: `${server.url}/postgres` });
  await admin.connect();
  await admin.query(`create database ${name} template ${template}`);
  await admin.end();
  return `${server.url}/${name}`;
}

/** A new database on a server, with the tables of the queue. */
async function createLedger(server: TestPostgres, name: string): Promise<{ db: Db; url: string }> {
  const url = await createDatabase(server, name);
  const db = createDb({ url, applicationName: 'feed' });
  await migrate(db);
  return { db, url };
}

/** A server for many ledgers: one is migrated, and the others are copies of it, each with an id of its own. */
export async function startLedgerServer(): Promise<{
  newLedger(): Promise<{ db: Db; url: string }>;
  stop(): Promise<void>;
}> {
  const server = await startPostgres(NO_POWER_CUT);
  await (await createLedger(server, 'first')).db.close();
  let named = 0;
  return {
    async newLedger() {
      const url = await createDatabase(server, `ledger_${++named}`, 'first');
      const db = createDb({ url, applicationName: 'feed' });
      await db.query('update pantry_queue.ledger set ledger_id = gen_random_uuid()');
      return { db, url };
    },
    stop: () => server.stop(),
  };
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
    server = await startPostgres(NO_POWER_CUT);
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
