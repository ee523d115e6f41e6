import { describe, expect, it, onTestFinished } from 'vitest';
import { deleteReceipt } from '../../src/jobs/ocr/delete-receipt.ts';
import { editReceipt } from '../../src/jobs/ocr/edit-receipt.ts';
import { insertReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import type { Db } from '../../src/ledger/db.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { expireJobs, forgetEvents } from '../../src/ledger/retention.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import { createTestDatabase } from '../support/db.ts';
import { finished, replied, waiting } from '../support/job-states.ts';
import { expectLedgerInOrder } from '../support/witness.ts';
import { EXISTING } from './support/adoptions.ts';

/** @param sql what the installation has made of the two tables, before and after they were adopted */
async function adopted(sql: string, later = ''): Promise<Db> {
  const database = await createTestDatabase({ migrated: false });
  onTestFinished(() => database.drop());
  const { db } = database;
  await db.transaction((tx) =>
    tx.execute(`${EXISTING} alter table public.receipts
      alter status set default 'uploaded', alter ocr_status set default 'pending'; ${sql}`),
  );
  await migrate(db);
  if (later !== '') await db.transaction((tx) => tx.execute(later));
  return db;
}

const LEAVES = (table: string, event: string) => `
  create function public.leave() returns trigger language plpgsql as 'begin return null; end';
  create trigger leave before ${event} on public.${table} for each row execute function public.leave();`;
const jobOf = (db: Db, subject: number) =>
  db.query('select status, error_code, error_message from pantry_queue.jobs where subject = $1', [subject]);
const REPLY_KEPT = 'select from pantry_queue.replies where refused is null';
const UPLOAD = { tenant: 'default', userId: 1, imagePath: 'minio://receipts/x.jpg', purchaseDate: undefined } as const;

describe('[I8] a trigger that leaves a row as it is, and says nothing', () => {
  const ITEMS_OF = 'select id, item_name::text as name from public.receipt_items where receipt_id = $1 order by id';

  it.each([
    ['receipts', 'update'],
    ['receipt_items', 'insert'],
    ['receipt_items', 'delete'],
  ])(
    'of %s, on %s, ends the job with result_not_storable instead of finished, and the reply is kept',
    async (table, event) => {
      const db = await adopted(LEAVES(table, event));
      const run = await replied(db);
      await db.query(`insert into public.receipt_items (receipt_id, item_name) select $1, 'Tea' where $2 = 'delete'`, [
        run.subject,
        event,
      ]);
      const before = await db.query(ITEMS_OF, [run.subject]);
      await expect(saveResult(db, run, { defaultCurrency: 'EUR' })).rejects.toMatchObject({
        code: 'result_not_storable',
        message: 'A trigger of the database left a row as it was (27000).',
      });
      expect(await jobOf(db, run.subject)).toMatchObject([{ status: 'failed', error_code: 'result_not_storable' }]);
      expect(await db.query(REPLY_KEPT)).toHaveLength(1);
      expect(await db.query(ITEMS_OF, [run.subject])).toEqual(before);
    },
  );

  it('refuses an upload and a deletion by a sentence of the table', async () => {
    const db = await adopted('', LEAVES('receipts', 'insert or delete'));
    await expect(insertReceipt(db, { ...UPLOAD, sha256: 's', bytes: 1, allowDuplicate: true })).rejects.toMatchObject({
      code: 'ledger_refused',
      message: expect.stringContaining('leaves new rows out'),
    });
    await expect(deleteReceipt(db, 'default', 1, undefined)).rejects.toMatchObject({
      code: 'receipt_in_use',
      message: expect.stringContaining('does not let receipt 1 go'),
    });
  });

  it('of the items refuses the deletion of their receipt, which stays', async () => {
    const db = await adopted('alter table public.receipt_items drop constraint receipt_items_receipt_id_fkey');
    const { subject } = await finished(db);
    await db.transaction((tx) => tx.execute(LEAVES('receipt_items', 'delete')));
    await expect(deleteReceipt(db, 'default', subject, undefined)).rejects.toMatchObject({
      code: 'receipt_in_use',
      message: expect.stringContaining(`does not let the items of receipt ${subject} go`),
    });
    expect(await db.query('select from public.receipts where id = $1', [subject])).toHaveLength(1);
  });

  it.each([
    ['receipts', 'update'],
    ['receipt_items', 'insert'],
    ['receipt_items', 'update'],
    ['receipt_items', 'delete'],
  ])('of %s, on %s, refuses what a person says of a receipt, and changes nothing', async (table, event) => {
    const db = await adopted('');
    const { subject } = await finished(db);
    const before = await db.query<{ id: number }>(ITEMS_OF, [subject]);
    expect(before.length).toBeGreaterThan(1);
    const items = [{ id: before[0]?.id, item_name: 'Tea' }, { item_name: 'Milk' }];
    const edit = () =>
      editReceipt(
        db,
        { tenant: 'default', receiptId: subject, userId: undefined, tax: null },
        { by: 'person', user: 1, edit: { merchant_name: 'Tea House', items } },
      );
    await db.transaction((tx) => tx.execute(LEAVES(table, event)));
    await expect(edit()).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'A trigger of the database left a row as it was (27000). Nothing was changed.',
    });
    expect(await db.query(ITEMS_OF, [subject])).toEqual(before);
    await db.transaction((tx) => tx.execute(`drop trigger leave on public.${table}`));
    await edit();
    expect(await db.query(ITEMS_OF, [subject])).toMatchObject([{ name: 'Tea' }, { name: 'Milk' }]);
  });
});

describe('[P9] a job over a table with columns that fill their texts with blanks', () => {
  it('is saved, and enqueued twice it is one job', async () => {
    const db = await adopted(`alter table public.receipts alter image_path type char(200),
      alter ocr_status type char(12), alter status type char(12), alter merchant_name type char(40), alter currency type char(5)`);
    const { subject } = await finished(db);
    const rows = await db.query(
      'select ocr_status::text as status, merchant_name::text as name, currency::text from public.receipts where id = $1',
      [subject],
    );
    expect(rows).toEqual([{ status: 'completed', name: 'Corner Shop', currency: 'EUR' }]);
    const again = await db.query(
      `select deduplicated from pantry_queue.enqueue_ocr($1, image_path => 'minio://receipts/image-1.jpg')`,
      [subject],
    );
    expect(again).toEqual([{ deduplicated: true }]);
    await expectLedgerInOrder({ db });
  });
});

describe('[P9] a publication', () => {
  const UNIDENTIFIED = `
    select c.relname from pg_class c where c.relnamespace = 'pantry_queue'::regnamespace and c.relkind in ('r', 'p')
      and c.relreplident <> 'f' and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`;

  it('of all tables refuses no change of ours', async () => {
    const db = await adopted('create publication everything for all tables');
    expect(await db.query(UNIDENTIFIED)).toEqual([]);
    await finished(db);
    const { subject } = await waiting(db);
    await deleteReceipt(db, 'default', subject, undefined);
    await foldArrivals(db);
    await forgetEvents(db, 0, 100);
    await expireJobs(db, ['finished'], 0, 100);
    await expectLedgerInOrder({ db });
  });

  it('[I5] of items without a key, made later, ends a job in two tries and is named', async () => {
    const db = await adopted(
      'alter table public.receipt_items drop constraint receipt_items_pkey',
      'create publication items for table public.receipt_items',
    );
    const run = await replied(db);
    await expect(saveResult(db, run, { defaultCurrency: 'EUR' })).rejects.toMatchObject({
      code: 'result_not_storable',
      message: 'A publication of the database has a table without a replica identity (55000).',
    });
    expect(await db.query(REPLY_KEPT)).toHaveLength(1);
  });
});
