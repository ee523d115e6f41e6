import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ocrOf } from '../../src/contract/job.ts';
import { findReceipts } from '../../src/jobs/ocr/find-receipts.ts';
import { readItems, readReceipt } from '../../src/jobs/ocr/receipts.ts';
import { sumReceipts } from '../../src/jobs/ocr/sum-receipts.ts';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { enqueueAll } from '../../src/ledger/enqueue/enqueue-all.ts';
import { readCounts } from '../../src/ledger/insight/queue-state.ts';
import { readJob } from '../../src/ledger/jobs.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { addReceipts, createTestDatabase } from '../support/db.ts';
import { finished } from '../support/job-states.ts';
import { pgbouncer, startPooler } from '../support/pgbouncer.ts';
import { ALL, MANY, SEED } from '../support/sample.ts';
import { expectLedgerInOrder } from '../support/witness.ts';

type Setting = { name: string; vartype: string; values: string[] };

/** Every setting that a role or a database can have, with values that are not the server's. */
const SETTINGS = `
select name, vartype, array_remove(case vartype
    when 'bool' then array[case setting when 'on' then 'off' else 'on' end]
    when 'enum' then enumvals
    when 'string' then '{}'
    else array[min_val, max_val] end, setting) as values
from pg_settings where context in ('user', 'superuser') order by name`;
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  search_path: ['nowhere', '""', 'public, pg_catalog', 'pantry_queue'],
  DateStyle: ['SQL, DMY', 'German'],
  TimeZone: ['Asia/Kathmandu'],
  timezone_abbreviations: ['India'],
  client_encoding: ['LATIN1'],
};
/** Read-only is a fault of its own, and triggers that are off are refused at the start. */
const OTHERS = ['default_transaction_read_only', 'transaction_read_only', 'session_replication_role'];
/** What our statements were seen to depend on. */
const ALWAYS = ['row_security', 'array_nulls', 'standard_conforming_strings', 'search_path', 'quote_all_identifiers'];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let name: string;
let settings: (readonly [setting: string, value: string])[];

beforeAll(async () => {
  database = await createTestDatabase();
  name = new URL(database.url).pathname.slice(1);
  const rows = await database.db.query<Setting>(SETTINGS);
  const all = rows
    .filter((row) => !OTHERS.includes(row.name))
    .flatMap((row) => [...row.values, ...(TEXTS[row.name] ?? [])].map((value) => [row.name, value] as const));
  expect(all.length).toBeGreaterThan(150);
  settings = all.filter(([setting], nth) => ALL || ALWAYS.includes(setting) || (nth + SEED) % (MANY ? 4 : 12) === 0);
});
afterAll(() => database.drop());

/** Everything that is opened under a setting of the database. @returns undefined where the server refuses the setting */
async function under<T>(setting: string, value: string, work: () => Promise<T>): Promise<T | undefined> {
  const list = ['search_path', 'DateStyle'].includes(setting);
  const set = `alter database ${name} set "${setting}" = ${list ? value : `'${value}'`}`;
  if (
    !(await database.db.query(set).then(
      () => true,
      () => false,
    ))
  )
    return undefined;
  try {
    return await work();
  } finally {
    await database.db.query(`alter database ${name} reset "${setting}"`);
  }
}

/** A job from its receipt to what everybody reads of it, and a batch. */
async function worksAsUsual(db: Db): Promise<void> {
  const owner = { tenant: 'default', userId: 1 };
  await migrate(db);
  const { subject } = await finished(db);
  const requests = db.as('default');
  expect(await readReceipt(requests, 'default', subject, 1)).toMatchObject({
    ocr_status: 'completed',
    merchant_name: 'Corner Shop',
    total_amount: '12.50',
    purchase_date: '2026-01-30',
  });
  expect(await readItems(requests, subject)).toHaveLength(2);
  expect(await readJob(requests, 'default', { ...ocrOf(subject), generation: undefined })).toBeDefined();
  const found = await findReceipts(requests, {}, owner, undefined, { after: undefined, limit: 1 });
  expect(found.rows).toMatchObject([{ merchant: 'Corner Shop', day: '2026-01-30' }]);
  await sumReceipts(requests, {}, owner, undefined, { sumBy: 'item', limit: 5 });
  await readCounts(requests, 'default', 0);
  const batch = (await addReceipts(db, 2)).map((each) => ({ subject: each, asked: undefined }));
  const options = { tenant: 'default', userId: undefined, priority: 'default', mode: 'once' } as const;
  expect(await enqueueAll(requests, 'ocr', batch, { ...options, batchId: `batch-${subject}` })).toBeDefined();
  await foldArrivals(db);
}

const IN_FORCE = `select current_setting('row_security') as row_security, current_setting('array_nulls') as array_nulls,
  current_setting('standard_conforming_strings') as strings, current_setting('synchronous_commit') as commits,
  current_setting('idle_session_timeout') as idle`;
const OURS = { row_security: 'on', array_nulls: 'on', strings: 'on', commits: 'on', idle: '0' };
const WEAKER = {
  row_security: 'off',
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  synchronous_commit: 'off',
  idle_session_timeout: '5s',
};

describe('settings that somebody has given the role or the database', () => {
  it(`[P9] change nothing of what the queue does (seed ${SEED})`, { timeout: 300_000 }, async () => {
    const wrong: string[] = [];
    for (const [setting, value] of settings) {
      await under(setting, value, async () => {
        const db = createDb({ url: database.url, applicationName: 'foreign-settings', maxConnections: 3 });
        await worksAsUsual(db)
          .catch((error: unknown) =>
            wrong.push(`${setting} = ${value}: ${String(error)} ${String((error as Error).cause)}`),
          )
          .finally(() => db.close());
      });
    }
    expect(wrong).toEqual([]);
    await expectLedgerInOrder({ db: database.db });
  });

  const addresses: Readonly<Record<string, () => Promise<{ url: string; stop(): Promise<void> }>>> = {
    'the server itself': async () => ({ url: database.url, stop: async () => {} }),
    ...('program' in pgbouncer
      ? {
          'a pooler in transaction mode': async () => {
            const pooler = await startPooler('transaction');
            return { url: `${pooler.url}/${name}`, stop: pooler.stop };
          },
        }
      : {}),
  };
  it.each(Object.keys(addresses))('[I6] [P9] weaken neither commits nor isolation behind %s', async (address) => {
    for (const [setting, value] of Object.entries(WEAKER)) {
      await database.db.query(`alter database ${name} set ${setting} = '${value}'`);
    }
    const at = await addresses[address]?.();
    const db = createDb({ url: at?.url ?? '', applicationName: 'foreign-settings' });
    try {
      expect(await db.query(IN_FORCE)).toEqual([OURS]);
      expect(await db.as('default').query(IN_FORCE)).toEqual([OURS]);
      expect(await db.transaction((tx) => tx.query(IN_FORCE))).toEqual([OURS]);
    } finally {
      await db.close();
      await at?.stop();
      for (const setting of Object.keys(WEAKER)) await database.db.query(`alter database ${name} reset ${setting}`);
    }
  });

  it('[P9] leave a commit that waits for a standby as it is', async () => {
    const commits = await under('synchronous_commit', 'remote_apply', async () => {
      const db = createDb({ url: database.url, applicationName: 'foreign-settings' });
      const rows = await db.query<{ commits: string }>(IN_FORCE).finally(() => db.close());
      return rows[0]?.commits;
    });
    expect(commits).toBe('remote_apply');
  });

  it('[P9] that turn triggers off are refused at the start', async () => {
    const refused = await under('session_replication_role', 'replica', async () => {
      const db = createDb({ url: database.url, applicationName: 'foreign-settings' });
      return migrate(db)
        .catch((error: unknown) => error)
        .finally(() => db.close());
    });
    expect(refused).toMatchObject({
      code: 'ledger_misconfigured',
      message: expect.stringContaining('session_replication_role is replica'),
      hint: expect.stringContaining('reset session_replication_role'),
    });
  });
});
