import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/ledger/migrate.ts';
import { createTestDatabase } from '../support/db.ts';
import { EXISTING } from './support/adoptions.ts';

/** An application with habits of its own: triggers that rewrite rows and update again, a column of its own, row security. */
const APPLICATION = `
alter table public.receipts add column shop_no integer;
create function public.tidy() returns trigger language plpgsql as $$
begin
  new.merchant_name := upper(new.merchant_name);
  return new;
end $$;
create trigger tidy before insert or update on public.receipts for each row execute function public.tidy();
create function public.again() returns trigger language plpgsql as $$
begin
  update public.receipts set currency = 'CHF' where id = new.id and currency is distinct from 'CHF';
  return null;
end $$;
create trigger again after update on public.receipts for each row execute function public.again();
alter table public.receipts enable row level security;
create policy own on public.receipts using (user_id = current_setting('app.of')::bigint);
`;
const role = `shop_${randomBytes(4).toString('hex')}`;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase({ migrated: false });
  const { db } = database;
  await db.transaction((tx) =>
    tx.execute(`${EXISTING}${APPLICATION}
    create role ${role};
    grant select, insert, update, delete on public.receipts to ${role};
    grant usage on all sequences in schema public to ${role};`),
  );
  await migrate(db);
});
afterAll(async () => {
  await database.db.transaction((tx) => tx.execute(`drop owned by ${role}; drop role ${role}`));
  await database.drop();
});

/** What the application's own login does, for user 5. */
const asApplication = (sql: string) =>
  database.db.transaction(async (tx) => {
    await tx.execute(`set local role ${role}`);
    await tx.execute(`set local app.of = '5'`);
    await tx.execute(sql);
  });
const facts = () =>
  database.db.query(
    `select receipt_id, user_id, merchant, total_amount::float, currency from pantry_queue.receipt_facts order by receipt_id`,
  );

describe('[P9] searches and sums over an adopted table', () => {
  it('show what its own triggers made of a row, no matter who wrote it, under row security and beside other columns', async () => {
    await asApplication(
      `insert into public.receipts (user_id, image_path, status, ocr_status, shop_no)
       values (5, 'minio://receipts/new.jpg', 'uploaded', 'pending', 7)`,
    );
    await asApplication(`update public.receipts set merchant_name = 'Corner', total_amount = 12.5 where id = 2`);
    const after = [
      expect.objectContaining({ receipt_id: 1, merchant: 'OLD' }),
      { receipt_id: 2, user_id: 5, merchant: 'CORNER', total_amount: 12.5, currency: 'CHF' },
    ];
    await asApplication(`update public.receipts set merchant_name = 'Old' where id = 1`);
    expect(await facts()).toEqual(after);
    await asApplication('update public.receipts set shop_no = 8');
    expect(await facts()).toEqual(after);
    await asApplication('delete from public.receipts where id = 1');
    expect(await facts()).toEqual(after.slice(1));
    const stale = await database.db.query(
      `select from pantry_queue.receipt_facts kept full join pantry_queue.facts_of(array[2]) now
       on now.receipt_id = kept.receipt_id where kept is distinct from now`,
    );
    expect(stale).toEqual([]);
  });
});
