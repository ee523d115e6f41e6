import type { Db } from '../../src/ledger/db.ts';

/** Columns that an accepted job has values for; the rest are defaults, in both tables. */
const COLUMNS =
  'tenant_id, kind, subject, generation, user_id, batch_id, params, priority, status, phase, give_up_at' as const;
const paramsOf = (receiptId: number) => ({
  image_path: `minio://receipts/image-${receiptId}.jpg`,
  made: 1_700_000_000,
});
const values = (receiptId: number) => [
  ...['default', 'ocr', receiptId, 1, 1, null, paramsOf(receiptId), 3, 'queued', 'admission'],
  new Date(Date.now() + 72 * 3_600_000),
];

/**
 * What an application would write without us: the same row into a table with the columns, defaults and indexes of
 * `pantry_queue.jobs`, one committed insert, over the same driver as the same role, prepared. No event, no counter, no
 * look at the receipt, no de-duplication, no trigger.
 */
export interface RawRows {
  insert(receiptId: number): Promise<unknown>;
  /** As a table with the primary key alone, for orientation. */
  insertBare(receiptId: number): Promise<unknown>;
  insertMany(receiptIds: readonly number[]): Promise<unknown>;
  /** A key read of our own table, under the policy of the request role. */
  readByKey(jobNo: number): Promise<unknown>;
}

/**
 * @param db the connections of what is measured: a backend of another connection may run on another core, which alone
 *   doubles or halves a short statement
 */
export async function createRawRows(db: Db): Promise<RawRows> {
  await db.query('create schema if not exists bench');
  await db.query('create table bench.raw_jobs (like pantry_queue.jobs including all)');
  await db.query(
    `create table bench.bare_jobs (like pantry_queue.jobs including defaults including identity including generated, primary key (job_no))`,
  );
  const [request] = await db.query<{ role: string }>('select pantry_queue.request_role() as role');
  await db.query(`grant usage on schema bench to ${request?.role}`);
  await db.query(`grant select, insert on all tables in schema bench to ${request?.role}`);
  const requests = db.as('default');
  const places = values(0).map((_, index) => `$${index + 1}`);
  const insertInto = (table: string) => {
    const text = `insert into bench.${table} (${COLUMNS}) values (${places}) returning job_no`;
    return (receiptId: number) => requests.query(text, values(receiptId));
  };
  return {
    insert: insertInto('raw_jobs'),
    insertBare: insertInto('bare_jobs'),
    insertMany: (receiptIds) =>
      requests.query(
        `insert into bench.raw_jobs (${COLUMNS})
         select 'default', 'ocr', id, 1, 1, null,
                jsonb_build_object('image_path', 'minio://receipts/image-' || id || '.jpg', 'made', 1700000000),
                3, 'queued', 'admission', now() + interval '72 hours' from unnest($1::int[]) id returning job_no`,
        [receiptIds],
      ),
    readByKey: (jobNo) => requests.query('select * from pantry_queue.jobs where job_no = $1', [jobNo]),
  };
}
