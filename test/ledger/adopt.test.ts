import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/ledger/migrate.ts';
import { createTestDatabase } from '../support/db.ts';

/** As the replaced system's own ORM would have made it: types of its own choice. */
const EXISTING = `
create table public.receipts (
  id serial primary key, user_id bigint not null, image_path varchar not null, purchase_date date,
  status varchar not null, ocr_status varchar not null, merchant_name varchar, total_amount double precision,
  currency varchar(3), extraction_confidence double precision, extraction_errors jsonb, ocr_text text,
  parsed_at timestamp, created_at timestamp default now(), updated_at timestamp default now(), note text);
create table public.receipt_items (
  id serial primary key, receipt_id integer not null references public.receipts (id), item_name varchar(200),
  quantity numeric(10,3), unit_price numeric(10,2), total_price numeric(10,2), currency varchar(3), confidence double precision);
insert into public.receipts (user_id, image_path, status, ocr_status, merchant_name) values (5, 'minio://receipts/old.jpg', 'uploaded', 'pending', 'Old');
`;

async function withExisting<T>(
  sql: string,
  work: (db: Awaited<ReturnType<typeof createTestDatabase>>['db']) => Promise<T>,
) {
  const database = await createTestDatabase({ migrated: false });
  try {
    await database.db.transaction((tx) => tx.execute(sql));
    return await work(database.db);
  } finally {
    await database.drop();
  }
}

describe('an existing database', () => {
  it('is adopted as it is, rows and extra columns included', () =>
    withExisting(EXISTING, async (db) => {
      await migrate(db);
      expect(await migrate(db)).toEqual([]);
      const rows = await db.query('select merchant_name, note from public.receipts');
      expect(rows).toEqual([{ merchant_name: 'Old', note: null }]);
    }));

  it('whose tables cannot serve is left alone, and every difference is named', () =>
    withExisting(
      EXISTING.replace('ocr_text text,', '')
        .replace('user_id bigint', 'user_id uuid default gen_random_uuid()')
        .replace('(5, ', '(default, '),
      async (db) => {
        await expect(migrate(db)).rejects.toMatchObject({
          code: 'adoption_refused',
          message: expect.stringMatching(
            /user_id is uuid, not integer.*no column ocr_text|no column ocr_text.*user_id is uuid/,
          ),
        });
        expect(await db.query(`select 1 as found from pg_namespace where nspname = 'pantry_queue'`)).toEqual([]);
      },
    ));

  it('of a newer program, or with a changed migration, is refused', () =>
    withExisting(EXISTING, async (db) => {
      await migrate(db);
      await db.query(`insert into pantry_queue.migrations (name, sha256) values ('9999_future.sql', 'x')`);
      await expect(migrate(db)).rejects.toMatchObject({ message: expect.stringContaining('9999_future.sql') });
      await db.query(`delete from pantry_queue.migrations where name like '9999%'`);
      await db.query(`update pantry_queue.migrations set sha256 = 'other'`);
      await expect(migrate(db)).rejects.toMatchObject({ message: expect.stringContaining('0001_ledger.sql') });
    }));
});
