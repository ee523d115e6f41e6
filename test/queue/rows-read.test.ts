import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAppError } from '../../src/contract/errors.ts';
import { operations } from '../../src/contract/operations.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { INSERT_RECEIPT, insertNewReceipt } from '../../src/jobs/ocr/new-receipt.ts';
import { tellPlans } from '../ledger/support/plan-log.ts';
import { addReadLongAgo, emptyLedger, found, lookAtRows } from '../ledger/support/rows-read.ts';
import { keepWithoutStatistics } from '../ledger/support/statistics.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { readingsOf } from '../support/readings.ts';

/** What an operation may be asked about one receipt with. */
const ABOUT: readonly ((receiptId: number) => object)[] = [
  (receipt_id) => ({ receipt_id }),
  (receipt_id) => ({ job_id: `ocr-${receipt_id}` }),
  (receipt_id) => ({ receipt_ids: [receipt_id] }),
  (receipt_id) => ({ job_ids: [`ocr-${receipt_id}`] }),
  (receipt_id) => ({ receipt_id, total_amount: '7.25' }),
  (receipt_id) => ({ job_id: `ocr-${receipt_id}`, priority: 'high' }),
];

type Ask = (queue: QueueApi, receiptId: number) => Promise<unknown>;
const OF_ONE_RECEIPT: [name: string, ask: Ask][] = Object.entries(operations).flatMap(([name, { input }]) =>
  ABOUT.filter((about) => input.safeParse(about(1)).success && !input.safeParse({}).success).map(
    (about): [string, Ask] => [
      `${name} of ${Object.keys(about(1)).join(' and ')}`,
      (queue, id) =>
        (queue as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]?.(about(id), asOwner) ??
        Promise.reject(),
    ],
  ),
);

const bench = useGate();
const { read } = readingsOf(bench);
let endTelling = () => {};
beforeAll(async () => {
  await keepWithoutStatistics(bench.db);
  endTelling = await tellPlans(bench.db, lookAtRows, { analyzed: true });
  // Those that are open tell nothing.
  await bench.db
    .query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()')
    .catch(() => {});
  await beatAs(bench.db, 'w1', 1_000);
});
afterAll(() => endTelling());

/** @returns what a call has read, whose plans were made on an empty ledger, when its owner has many receipts */
async function rowsOf(call: (receiptId: number) => Promise<unknown>): Promise<string[]> {
  const receiptThatWasRead = async () => {
    const [id = 0] = await addReceipts(bench.db, 1);
    await read(id);
    return id;
  };
  // What is refused has been looked at, too.
  const unlessRefused = (error: unknown) => {
    if (!isAppError(error)) throw error;
  };
  await emptyLedger(bench.db);
  await call(await receiptThatWasRead()).catch(unlessRefused);
  await addReadLongAgo(bench.db);
  const id = await receiptThatWasRead();
  found.clear();
  await call(id).catch(unlessRefused);
  return [...found];
}

describe('[Q5] an operation on one receipt, whose plan was made on an empty ledger, reads that receipt’s rows alone', () => {
  it('and one that read more would be seen', async () => {
    const count = 'select count(*) from public.receipts where user_id = $1::int';
    expect(await rowsOf(() => bench.db.query(count, [1]))).toEqual([expect.stringContaining(count)]);
  });

  it.each(OF_ONE_RECEIPT)('%s', async (_name, ask) => {
    expect(await rowsOf((id) => ask(bench.queue, id))).toEqual([]);
  });

  it('adding one that is there already', async () => {
    const { db } = bench;
    const upload = {
      tenant: 'default',
      userId: 1,
      imagePath: 'minio://receipts/same.jpg',
      purchaseDate: undefined,
    } as const;
    const add = () =>
      insertNewReceipt(db, `with ${INSERT_RECEIPT} select id from r`, {
        ...upload,
        sha256: 'a'.repeat(64),
        bytes: 1,
        allowDuplicate: false,
      });
    expect(
      await rowsOf(async () => {
        await add();
        expect(await add()).toMatchObject({ isDuplicate: true });
      }),
    ).toEqual([]);
  });
});
