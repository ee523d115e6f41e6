import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectTables } from '../../src/ledger/adoption/adopt.ts';
import type { Finding } from '../../src/ledger/adoption/adopt-columns.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { createTestDatabase } from '../support/db.ts';
import { EXISTING, FINE, WARNED } from './support/adoptions.ts';
import { REFUSED } from './support/refused-adoptions.ts';

async function withDatabase<T>(sql: string, work: (db: Db, url: string) => Promise<T>): Promise<T> {
  const database = await createTestDatabase({ migrated: false });
  try {
    await database.db.transaction((tx) => tx.execute(sql));
    return await work(database.db, database.url);
  } finally {
    await database.drop();
  }
}

/** Migrates, and gives every finding that the log was told, with its remedy. */
async function adopted(db: Db): Promise<string[]> {
  const told: string[] = [];
  await migrate(db, {
    info() {},
    warn: (fields, event) => {
      if (event === 'ledger.adoption_finding') told.push(`${String(fields.finding)} | ${String(fields.remedy)}`);
    },
    error() {},
  });
  return told;
}

const untouched = (db: Db) => db.query(`select nspname from pg_namespace where nspname = 'pantry_queue'`);

describe('an existing database', () => {
  let shared: Awaited<ReturnType<typeof createTestDatabase>>;
  beforeAll(async () => {
    shared = await createTestDatabase({ migrated: false });
    await shared.db.transaction((tx) => tx.execute(EXISTING));
  });
  afterAll(() => shared.drop());

  it('[P9] is adopted as it is, rows and extra columns included', () =>
    withDatabase(EXISTING, async (db) => {
      expect(await adopted(db)).toEqual([]);
      expect(await migrate(db)).toEqual([]);
      const rows = await db.query('select merchant_name, note from public.receipts');
      expect(rows).toEqual([{ merchant_name: 'Old', note: null }]);
    }));

  /** What is found after a change of the existing tables, which is then rolled back. */
  async function findingsAfter(sql: string, first = true): Promise<Finding[]> {
    const undone = new Error('undone');
    let findings: Finding[] = [];
    const inspect = shared.db.transaction(async (tx) => {
      await tx.execute(sql);
      findings = await inspectTables(tx, { first });
      throw undone;
    });
    await expect(inspect).rejects.toBe(undone);
    return findings;
  }

  it.each(REFUSED)('[P9] with $name is refused with the remedy', async ({ sql, says, remedy }) => {
    const refused = (await findingsAfter(sql)).filter(({ severity }) => severity === 'refuse');
    expect(refused.map(({ what }) => what).join('; ')).toMatch(says ?? /./);
    expect(refused.map((finding) => finding.remedy).join(' ')).toMatch(remedy ?? /./);
  });

  /** Refused in words alone: no statement of ours would be right for every such table. */
  const IN_WORDS = /^(Point DATABASE_URL|Number the receipts|Rename it|It is partitioned)/;
  const STATEMENT = /\b(?:alter|drop|grant|create|update) [^;]+;?/g;

  it.each(REFUSED)('[I8] [P9] with $name is adopted once the remedy has been run', async ({ sql }) => {
    const undone = new Error('undone');
    let left: string[] = [];
    const remedied = shared.db.transaction(async (tx) => {
      await tx.execute(sql);
      const refused = async () =>
        (await inspectTables(tx, { first: true })).filter(({ severity }) => severity === 'refuse');
      const remedies = (await refused()).map(({ remedy }) => remedy).filter((remedy) => !IN_WORDS.test(remedy));
      for (const remedy of remedies) {
        const statements = remedy.match(STATEMENT) ?? [];
        expect(statements, remedy).not.toEqual([]);
        for (const statement of statements) await tx.execute(statement);
      }
      left = (await refused()).filter(({ remedy }) => !IN_WORDS.test(remedy)).map(({ what }) => what);
      throw undone;
    });
    await expect(remedied).rejects.toBe(undone);
    expect(left).toEqual([]);
  });

  it.each(WARNED)('[P9] with $name is adopted, and named with the remedy', async ({ sql, says, remedy, name }) => {
    const findings = await findingsAfter(sql);
    expect(findings).toEqual([
      { severity: 'warn', what: expect.stringMatching(says ?? /./), remedy: expect.stringMatching(remedy ?? /./) },
    ]);
    // Rules are named at every start; counting rows is for the first.
    expect(await findingsAfter(sql, false)).toEqual(
      /^receipts (without an image|of nobody)$/.test(name) ? [] : findings,
    );
  });

  it.each(FINE)('[P9] with $name needs no word', async ({ sql }) => expect(await findingsAfter(sql)).toEqual([]));

  it('[P9] that is refused is left as it was', () =>
    withDatabase(`${EXISTING} alter table receipts drop column ocr_text`, async (db) => {
      await expect(migrate(db)).rejects.toMatchObject({
        code: 'adoption_refused',
        message: 'The existing tables cannot be adopted: public.receipts has no column ocr_text.',
        hint: expect.stringContaining('add column ocr_text text;'),
      });
      expect(await untouched(db)).toEqual([]);
    }));

  it('[P9] that is adopted with a warning has it in the log at every start', () =>
    withDatabase(`${EXISTING} alter table receipts add constraint cheap check (total_amount < 100)`, async (db) => {
      const findings = await adopted(db);
      expect(findings).toEqual([expect.stringContaining('check cheap')]);
      expect(await adopted(db)).toEqual(findings);
    }));

  it('[P9] with several differences has all of them named at once', () =>
    withDatabase(
      `${EXISTING} alter table receipts drop column ocr_text, alter column ocr_status type varchar(7)`,
      async (db) => {
        await expect(migrate(db)).rejects.toMatchObject({
          message: expect.stringMatching(/no column ocr_text.*ocr_status is character varying\(7\)/),
        });
      },
    ));

  it('[P9] that is changed after its adoption is refused at the next start', () =>
    withDatabase(EXISTING, async (db) => {
      await migrate(db);
      await db.query('alter table public.receipt_items add column sku text not null');
      await expect(migrate(db)).rejects.toMatchObject({ code: 'adoption_refused' });
    }));

  it('[P9] in another zone has its timestamps named, and they are read and written as UTC', () =>
    withDatabase(EXISTING, async (db, url) => {
      const name = new URL(url).pathname.slice(1);
      await db.query(`alter database ${name} set timezone = 'Asia/Ho_Chi_Minh'`);
      const later = createDb({ url, applicationName: 'zone-test' });
      try {
        const findings = (await adopted(later)).join('\n');
        expect(findings).toMatch(/created_at is a timestamp without time zone.*zone is Asia\/Ho_Chi_Minh/);
        expect(findings).toContain("at time zone 'Asia/Ho_Chi_Minh'");
        const rows = await later.query<{ off: number; zone: string }>(
          `insert into public.receipts (user_id, image_path, status, ocr_status, parsed_at) values (1, 'x', 'uploaded', 'pending', now())
           returning abs(extract(epoch from parsed_at::timestamptz - now()))::int as off, current_setting('timezone') as zone`,
        );
        expect(rows).toEqual([{ off: 0, zone: 'UTC' }]);
      } finally {
        await later.close();
      }
    }));

  it('of a newer program, or with a changed migration, is refused', () =>
    withDatabase(EXISTING, async (db) => {
      await migrate(db);
      await db.query(`insert into pantry_queue.migrations (name, sha256) values ('9999_future.sql', 'x')`);
      await expect(migrate(db)).rejects.toMatchObject({ message: expect.stringContaining('9999_future.sql') });
      await db.query(`delete from pantry_queue.migrations where name like '9999%'`);
      await db.query(`update pantry_queue.migrations set sha256 = 'other'`);
      await expect(migrate(db)).rejects.toMatchObject({ message: expect.stringContaining('0001_ledger.sql') });
    }));

  it('with functions of another version gets those of this one', () =>
    withDatabase(EXISTING, async (db) => {
      await migrate(db);
      await db.query(`create or replace function pantry_queue.cluster_name() returns text return 'of another version'`);
      await db.query(`update pantry_queue.migrations set sha256 = 'other' where name = 'functions/epochs.sql'`);
      expect(await migrate(db)).toEqual(['functions/epochs.sql']);
      expect(await db.query('select pantry_queue.cluster_name() as name')).not.toEqual([
        { name: 'of another version' },
      ]);
    }));
});
