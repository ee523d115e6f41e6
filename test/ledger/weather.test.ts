import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { NOTIFY_CHANNEL } from '../../src/contract/names.ts';
import type { ConnectionOptions } from '../../src/ledger/connection/connections.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { probeWrite } from '../../src/ledger/insight/queue-state.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { useDatabase } from '../support/db.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const database = useDatabase();

function open(options: Partial<ConnectionOptions> = {}): Db {
  const db = createDb({
    url: database.url,
    applicationName: 'weather',
    maxConnections: 6,
    ...options,
  });
  onTestFinished(() => db.close());
  return db;
}

/** Somebody else’s session. */
async function stranger(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end().catch(() => {}));
  return client;
}

/** All connections of the pool are open, and each has prepared the statement. */
async function prepareEverywhere(db: Db, text: string, connections = 6): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => db.query('select pg_sleep(0.05)')));
  await Promise.all(Array.from({ length: connections * 3 }, () => db.query(text)));
}

let tables = 0;
async function newTable(): Promise<string> {
  const name = `public.weather_${++tables}`;
  await database.db.query(`create table ${name} (id int primary key, note varchar(10), seen timestamp default now())`);
  await database.db.query(`insert into ${name} values (1, 'a'), (2, 'b')`);
  return name;
}

describe('a type change under prepared statements', () => {
  it('[P9] fails no call, however many connections have the old plan', async () => {
    const db = open();
    const table = await newTable();
    const text = `select * from ${table} order by id`;
    await prepareEverywhere(db, text);
    await (await stranger()).query(`alter table ${table} alter column note type text, alter column id type bigint`);
    const answers = await Promise.all(Array.from({ length: 30 }, () => db.query<{ id: number }>(text)));
    expect(new Set(answers.map((rows) => rows.map(({ id }) => id).join()))).toEqual(new Set(['1,2']));
  });

  it('[P9] fails not even a lone caller who meets only connections with the old plan', async () => {
    const db = open();
    const table = await newTable();
    const text = `select * from ${table} order by id`;
    await prepareEverywhere(db, text);
    await (await stranger()).query(`alter table ${table} alter column note type text, alter column id type bigint`);
    for (let call = 0; call < 3; call++) expect(await db.query(text)).toHaveLength(2);
  });

  it('[P9] lets a transaction run again as a whole', async () => {
    const db = open();
    const table = await newTable();
    const text = `select * from ${table}`;
    await prepareEverywhere(db, text);
    await (await stranger()).query(`alter table ${table} alter column note type text`);
    const counts = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        db.transaction(async (tx) => {
          await tx.query(`insert into ${table} values ($1, 'c')`, [100 + n]);
          return (await tx.query(text)).length;
        }),
      ),
    );
    expect(counts.every((count) => count > 2)).toBe(true);
    expect(await db.query(`select count(*)::int as n from ${table}`)).toEqual([{ n: 14 }]);
  });
});

describe('a deadlock', () => {
  it('[P9] fails neither of the two', async () => {
    const db = open();
    const table = await newTable();
    const swap = (first: number, second: number) =>
      db.transaction(async (tx) => {
        await tx.query(`update ${table} set note = 'x' where id = $1`, [first]);
        await tx.query('select pg_sleep(0.3)');
        await tx.query(`update ${table} set note = 'y' where id = $1`, [second]);
      });
    await Promise.all([swap(1, 2), swap(2, 1)]);
  });
});

describe('a database that goes read-only and back', () => {
  it('[P9] answers 503 with its reason meanwhile, and works again without a restart', async () => {
    const db = open();
    const name = new URL(database.url).pathname.slice(1);
    const table = await newTable();
    const write = () => db.query(`update ${table} set note = 'w' where id = 1 returning id`);
    const admin = await stranger();
    await admin.query(`alter database ${name} set default_transaction_read_only = on`);
    const ours = `datname = current_database() and application_name = 'weather'`;
    await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${ours}`);
    const readOnly = {
      code: 'ledger_unavailable',
      message: 'The database is read-only at the moment.',
      retryAfterS: 2,
    };
    await expect.poll(() => write().catch((error: unknown) => error)).toMatchObject(readOnly);
    await expect(probeWrite(db.apart)).rejects.toMatchObject(readOnly);
    // Every connection of the pool is now one that was made read-only, and stays so until it is given up.
    await Promise.all(Array.from({ length: 6 }, () => db.query('select pg_sleep(0.05)')));
    await admin.query('set default_transaction_read_only = off');
    await admin.query(`alter database ${name} reset default_transaction_read_only`);
    await expect.poll(() => write().catch((error: unknown) => error), { timeout: 10_000 }).toEqual([{ id: 1 }]);
    const answers = await Promise.allSettled(Array.from({ length: 30 }, write));
    expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
    await expect.poll(() => probeWrite(db.apart).then(() => 'ready', String), { timeout: 10_000 }).toBe('ready');
  });
});

describe('connections that are cut', () => {
  it('[P9] fail the calls that used them, and nothing else', async () => {
    const db = open();
    const slow = Promise.allSettled(Array.from({ length: 4 }, () => db.query('select pg_sleep(5)')));
    const admin = await stranger();
    const sleeping = `from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(5)'`;
    await expect.poll(async () => (await admin.query(`select ${sleeping}`)).rowCount).toBe(4);
    await admin.query(`select pg_terminate_backend(pid) ${sleeping}`);
    for (const result of await slow) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ledger_unavailable', retryAfterS: 2 } });
    }
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('[P9] between two statements of a transaction end no process', async () => {
    const db = open();
    const admin = await stranger();
    const cut = db.transaction(async (tx) => {
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await admin.query('select pg_terminate_backend($1)', [row?.pid]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return tx.query('select 1 as one');
    });
    await expect(cut).rejects.toMatchObject({ code: 'ledger_unavailable' });
    expect(await db.query('select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('a lock that somebody else holds', () => {
  it('[P9] costs a call its lock_timeout, and its connection none of those that others need', async () => {
    const db = open({ maxConnections: 2 });
    const table = await newTable();
    const holder = await stranger();
    await holder.query('begin');
    await holder.query(`lock table ${table}`);
    const held = Array.from({ length: 2 }, () => db.query(`select * from ${table}`).catch((error: unknown) => error));
    // The pool is full of those who wait; this one has connections of its own.
    expect(await db.apart.query('select 1 as one')).toEqual([{ one: 1 }]);
    for (const error of await Promise.all(held)) {
      expect(error).toMatchObject({ code: 'ledger_unavailable', message: expect.stringContaining('locked') });
    }
    await holder.query('rollback');
    expect(await db.query(`select * from ${table}`)).toHaveLength(2);
  });
});

describe('a connection that listens', () => {
  it('[P9] and has gone deaf while its socket is open is replaced, and hears again', async () => {
    const { hostname, port } = new URL(database.url);
    const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    onTestFinished(() => proxy.close());
    const through = new URL(database.url);
    through.port = String(proxy.port);
    const db = open({ listenUrl: through.href });
    const notifier = createNotifier(db, undefined, { everyMs: 200, answerMs: 300 });
    onTestFinished(() => notifier.close());
    const heard: number[] = [];
    notifier.subscribe(({ subjects }) => heard.push(...(subjects ?? [])));
    const sender = await stranger();
    const heardAfterTelling = async (id: number) => {
      await sender.query('select pg_notify($1, $2)', [NOTIFY_CHANNEL, JSON.stringify({ g: false, r: [id] })]);
      return heard;
    };
    await expect.poll(() => heardAfterTelling(1), { timeout: 10_000 }).toContain(1);
    const before = proxy.opened();
    proxy.freeze();
    await expect.poll(() => heardAfterTelling(2), { timeout: 20_000 }).toContain(2);
    expect(proxy.opened()).toBeGreaterThan(before);
  });
});

describe('a session', () => {
  it.each([
    [
      '?options=-c%20timezone%3DAsia/Tokyo%20-c%20lock_timeout%3D0%20-c%20plan_cache_mode%3Dauto',
      'options in DATABASE_URL',
    ],
    ['?statement_timeout=2000&lock_timeout=2000&application_name=x', 'settings in DATABASE_URL'],
    ['', 'nothing but the address'],
  ])('[P9] has our settings with %s (%s)', async (query) => {
    const db = open({ url: database.url + query });
    expect(
      await db.query(
        `select current_setting('timezone') as zone, current_setting('lock_timeout') as locks,
                current_setting('statement_timeout') as slow, current_setting('plan_cache_mode') as plans,
                current_setting('client_encoding') as text`,
      ),
    ).toEqual([{ zone: 'UTC', locks: '3s', slow: '15s', plans: 'force_generic_plan', text: 'UTF8' }]);
  });

  it('[P9] is read committed also where the database has another default', async () => {
    const name = new URL(database.url).pathname.slice(1);
    await database.db.query(`alter database ${name} set default_transaction_isolation = 'serializable'`);
    onTestFinished(() =>
      database.db.query(`alter database ${name} reset default_transaction_isolation`).then(() => {}),
    );
    expect(await open().query(`select current_setting('transaction_isolation') as level`)).toEqual([
      { level: 'read committed' },
    ]);
  });

  it('[P9] goes on without TLS with sslmode=prefer where the server has none', async () => {
    expect(await open({ url: `${database.url}?sslmode=prefer` }).query('select 1 as one')).toEqual([{ one: 1 }]);
    expect(inject('postgresUrl')).toContain('127.0.0.1');
  });
});
