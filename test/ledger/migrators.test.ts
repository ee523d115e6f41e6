import pg from 'pg';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import type { Log } from '../../src/ports.ts';
import { createTestDatabase } from '../support/db.ts';

const HOUR_MS = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/**
 * An empty database whose indexes take as long to build as the test wants, and note under which limits they are built.
 */
async function slowIndexes() {
  const database = await createTestDatabase({ migrated: false });
  onTestFinished(() => database.drop());
  const stranger = new pg.Client({ connectionString: database.url });
  await stranger.connect();
  onTestFinished(() => stranger.end());
  await stranger.query(`
    create table public.built (under text);
    create table public.go_on ();
    create function public.build_slowly() returns event_trigger language plpgsql as $$
    begin
      insert into public.built values (current_setting('statement_timeout') || '/' ||
        current_setting('idle_in_transaction_session_timeout') || '/' || current_setting('transaction_timeout'));
      while not exists (select from public.go_on) loop perform pg_sleep(0.02); end loop;
    end $$;
    create event trigger build_slowly on ddl_command_start when tag in ('CREATE INDEX')
      execute function public.build_slowly()`);
  const goOn = () => stranger.query('insert into public.go_on default values');
  return {
    stranger,
    open(applicationName: string): Db {
      const db = createDb({ url: database.url, applicationName });
      onTestFinished(async () => {
        await goOn();
        await db.close();
      });
      return db;
    },
    /** The first index is under way. */
    async isBuilding() {
      const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
      await expect.poll(async () => (await stranger.query(sleeping)).rowCount, { interval: 20 }).toBe(1);
    },
    /** As an operator sets limits for everybody. */
    async limitAll(limit: string) {
      const name = new URL(database.url).pathname.slice(1);
      for (const setting of ['statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout']) {
        await stranger.query(`alter database ${name} set ${setting} = '${limit}'`);
      }
    },
    goOn,
    limits: async () => (await stranger.query<{ under: string }>('select distinct under from public.built')).rows,
  };
}

function lines() {
  const logged: [string, object][] = [];
  const note = (fields: object, event: string) => void logged.push([event, fields]);
  const log: Log = { info: note, warn: note, error: note };
  return { log, of: (event: string) => logged.filter(([name]) => name === event).map(([, fields]) => fields) };
}

/** The waits between two looks at the lock cost no time. */
function hurryLooks(): void {
  const real = globalThis.setTimeout;
  const hurried = (work: () => void, ms?: number) => real(work, ms === 1_000 ? 0 : ms);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(hurried as typeof setTimeout);
}

describe('two processes that migrate at the same moment', () => {
  it('[P9] take turns: the second names whom it waits for, and then finds everything done', async () => {
    const database = await slowIndexes();
    const first = migrate(database.open('pantry-queue server'));
    await database.isBuilding();
    hurryLooks();
    const { log, of } = lines();
    const second = migrate(database.open('pantry-queue worker'), log);
    await vi.waitUntil(() => of('ledger.migration_awaited').length > 1, { timeout: 20_000 });
    expect(of('ledger.migration_awaited')[1]).toEqual({
      waited_ms: 10_000,
      holder: expect.stringMatching(/^pantry-queue server, database session \d+$/),
    });
    await database.goOn();
    expect((await first).length).toBeGreaterThan(0);
    expect(await second).toEqual([]);
    expect(of('ledger.migrating')).toEqual([]);
  });

  it('[P9] wait no longer than five minutes for one that does not end', async () => {
    const database = await slowIndexes();
    await database.stranger.query('begin');
    await database.stranger.query(`set application_name = 'somebody'`);
    await database.stranger.query('select pg_advisory_xact_lock(7302516)');
    hurryLooks();
    const { log, of } = lines();
    const waiting = migrate(database.open('pantry-queue worker'), log).catch((error: unknown) => error);
    expect(await waiting).toMatchObject({
      code: 'ledger_unavailable',
      message: expect.stringMatching(/^Another process \(somebody, database session \d+\) has been migrating/),
      hint: expect.stringContaining('pg_stat_activity'),
    });
    expect(of('ledger.migration_awaited')).toHaveLength(30);
  });
});

describe('a migration that takes an hour', () => {
  it('[P9] is cut by no limit, neither of the server nor of the driver', async () => {
    const database = await slowIndexes();
    await database.limitAll('30s');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const migrating = migrate(database.open('pantry-queue server'));
    await database.isBuilding();
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    await database.goOn();
    expect((await migrating).length).toBeGreaterThan(0);
    expect(await database.limits()).toEqual([{ under: '0/0/0' }]);
  });
});
