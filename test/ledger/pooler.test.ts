import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { atStart } from '../../src/ledger/connection/start-up.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { createInstallation } from '../support/installation.ts';
import { asOwner } from '../support/owner.ts';
import { type Pooler, pgbouncer, startPooler } from '../support/pgbouncer.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import { addTenants, expectNoTenantLeaks } from '../support/tenants.ts';
import { expectLedgerInOrder } from '../support/witness.ts';

const missing = 'missing' in pgbouncer ? pgbouncer.missing : undefined;
if (missing !== undefined) process.stderr.write(`Skipped: ${missing}\n`);

/** A database reached through a pooler, and beside it. */
async function behind(pooler: Pooler, options: { migrated?: boolean; listenDirectly?: boolean } = {}) {
  const database = await createTestDatabase({ migrated: options.migrated !== false });
  const url = `${pooler.url}${new URL(database.url).pathname}`;
  const listenUrl = options.listenDirectly ? database.url : undefined;
  const db = createDb({ url, listenUrl, applicationName: 'pooled', maxConnections: 8 });
  onTestFinished(async () => {
    await db.close();
    await database.drop();
  });
  return { db, direct: database.db, url };
}

describe.skipIf(missing !== undefined)('behind PgBouncer in transaction mode', () => {
  let pooler: Pooler;
  beforeAll(async () => {
    pooler = await startPooler('transaction');
  });
  afterAll(() => pooler?.stop());

  it('[P9] the ledger is migrated, and found up to date afterwards', async () => {
    const { db } = await behind(pooler, { migrated: false });
    expect((await migrate(db)).length).toBeGreaterThan(0);
    expect(await migrate(db)).toEqual([]);
  });

  it('[P9] every statement has its settings, whichever server connection it meets', async () => {
    const { db } = await behind(pooler);
    const seen = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        db.query<{ n: number; zone: string; locks: string; slow: string; pid: number }>(
          `select $1::int as n, current_setting('timezone') as zone, current_setting('lock_timeout') as locks,
                  current_setting('statement_timeout') as slow, pg_backend_pid() as pid`,
          [n],
        ),
      ),
    );
    expect(seen.map(([row]) => row?.n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    expect(new Set(seen.map(([row]) => row?.pid)).size).toBeGreaterThan(1);
    expect(new Set(seen.map(([row]) => `${row?.zone} ${row?.locks} ${row?.slow}`))).toEqual(new Set(['UTC 3s 15s']));
  });

  it('[P9] a transaction keeps its settings, and leaves none behind for others', async () => {
    const { db, url } = await behind(pooler);
    const settings = `select current_setting('lock_timeout') as locks, current_setting('timezone') as zone`;
    expect(await db.transaction((tx) => tx.query(settings))).toEqual([{ locks: '3s', zone: 'UTC' }]);
    const stranger = createDb({ url, applicationName: 'stranger' });
    onTestFinished(() => stranger.close());
    const raw = await stranger.query<{ locks: string }>(
      `select reset_val as locks from pg_settings where name = 'lock_timeout'`,
    );
    expect(raw).toEqual([{ locks: '0' }]);
  });

  it('[P9] rows, empty answers, errors and statements without values come through as without a pooler', async () => {
    const { db } = await behind(pooler);
    expect(await db.query('select 1 as one union all select 2')).toEqual([{ one: 1 }, { one: 2 }]);
    expect(await db.query('select 1 as one where false')).toEqual([]);
    await expect(db.query('select 1 / $1::int as one', [0])).rejects.toMatchObject({
      code: 'ledger_refused',
      cause: { code: '22012' },
    });
    await expect(db.query('select * from nowhere')).rejects.toMatchObject({ cause: { code: '42P01' } });
    expect(await db.query('select $1::bigint as big', [9])).toEqual([{ big: 9 }]);
  });

  it('[S3] [P9] a tenant never leaks to the next user of a connection, whatever became of the one before', async () => {
    const { db, direct } = await behind(pooler);
    await addTenants(direct);
    await expectNoTenantLeaks(db, new URL(pooler.url).username, 25);
  });

  it('[P9] a queue accepts, reads and finishes jobs', async () => {
    const queue = await createInstallation({ through: (url) => `${pooler.url}${new URL(url).pathname}` });
    onTestFinished(() => queue.dispose());
    const ids = await addReceipts(queue.db, 12);
    let calls = 0;
    await queue.work({
      async extract(request) {
        calls++;
        return bytesOf(replyFor(request));
      },
    });
    for (const id of ids) await queue.queue.enqueueOcr({ receipt_id: id }, asOwner);
    for (const id of ids) await queue.waitFor(`ocr-${id}`, (job) => job.status === 'finished');
    expect(calls).toBe(ids.length);
    await expectLedgerInOrder(queue);
  });

  it('[P9] LISTEN works over DATABASE_LISTEN_URL', async () => {
    const { db } = await behind(pooler, { listenDirectly: true });
    const notifier = createNotifier(db);
    onTestFinished(() => notifier.close());
    const heard: number[] = [];
    notifier.subscribe(({ subjects }) => heard.push(...(subjects ?? [])));
    await expect
      .poll(
        () => {
          notifier.changed([17]);
          return heard;
        },
        { timeout: 10_000 },
      )
      .toContain(17);
  });

  it('[P9] without DATABASE_LISTEN_URL the log names it, and nobody listens on a shared connection', async () => {
    const { db, direct } = await behind(pooler);
    const warnings: unknown[] = [];
    const log = { info() {}, warn: (fields: unknown, event: string) => warnings.push([event, fields]), error() {} };
    const notifier = createNotifier(db, log);
    notifier.subscribe(() => {});
    await expect.poll(() => warnings.length, { timeout: 10_000 }).toBe(1);
    expect(warnings[0]).toMatchObject(['ledger.not_listening', { code: 'pooler_unsupported' }]);
    expect(JSON.stringify(warnings)).toContain('DATABASE_LISTEN_URL');
    await notifier.close();
    const listening = `select from pg_stat_activity where datname = current_database() and query ilike 'listen %'`;
    expect(await direct.query(listening)).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('behind another pooler', () => {
  it('[P9] in session mode everything works too', async () => {
    const pooler = await startPooler('session', { default_pool_size: '12' });
    onTestFinished(() => pooler.stop());
    const { db } = await behind(pooler);
    expect(await migrate(db)).toEqual([]);
    expect(await db.query(`select current_setting('timezone') as zone`)).toEqual([{ zone: 'UTC' }]);
  });

  it('[P9] that accepts start-up settings and drops them is seen through', async () => {
    const pooler = await startPooler('transaction', { ignore_startup_parameters: 'options,statement_timeout' });
    onTestFinished(() => pooler.stop());
    const { db } = await behind(pooler);
    const zones = await Promise.all(
      Array.from({ length: 40 }, () => db.query(`select current_setting('lock_timeout') as locks`)),
    );
    expect(new Set(zones.map((rows) => JSON.stringify(rows)))).toEqual(new Set(['[{"locks":"3s"}]']));
  });

  it('[P9] in statement mode is refused at start in its own words', async () => {
    const pooler = await startPooler('statement');
    onTestFinished(() => pooler.stop());
    const { db } = await behind(pooler, { migrated: false });
    await expect(atStart(() => migrate(db))).rejects.toMatchObject({
      code: 'pooler_unsupported',
      message: expect.stringMatching(/transaction blocks not allowed/i),
      hint: expect.stringContaining('DATABASE_URL'),
    });
  });

  it.each<[string, (url: URL) => void, RegExp]>([
    ['a wrong password', (url) => (url.password = 'wrong'), /password|authentication/i],
    ['an unknown role', (url) => (url.username = 'nobody_at_all'), /nobody_at_all|password|authentication/i],
    ['an unknown database', (url) => (url.pathname = '/no_such_thing'), /no_such_thing/],
  ])('[P9] %s is told in the words of the system that refused', async (_what, change, words) => {
    const pooler = await startPooler('transaction');
    onTestFinished(() => pooler.stop());
    const url = new URL(`${pooler.url}/postgres`);
    change(url);
    const db: Db = createDb({ url: url.href, applicationName: 'refused' });
    onTestFinished(() => db.close());
    await expect(atStart(() => migrate(db))).rejects.toMatchObject({
      code: 'ledger_misconfigured',
      message: expect.stringMatching(words),
    });
  });
});
