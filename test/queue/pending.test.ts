import { beforeEach, describe, expect, it } from 'vitest';
import { addReceipts } from '../support/db.ts';
import { clearJobs, useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();
const USER = 7;

beforeEach(async () => {
  await clearJobs(bench.db);
  await bench.db.query('delete from public.receipts');
  await bench.db.query('delete from pantry_queue.batches');
  // As an application's own table may be.
  await bench.db.query('alter table public.receipts alter column image_path drop not null');
});

const add = async (id: number, imagePath: string | null) => {
  await bench.db.query('insert into public.receipts (id, user_id, image_path) values ($1, $2, $3)', [
    id,
    USER,
    imagePath,
  ]);
  return id;
};
const pending = (limit?: number) =>
  bench.queue.enqueueBatchOcr({ pending: true, user_id: USER, ...(limit === undefined ? {} : { limit }) }, asOwner);
const queuedIds = async () =>
  (await bench.db.query<{ receipt_id: number }>('select subject as receipt_id from pantry_queue.jobs order by 1')).map(
    (row) => row.receipt_id,
  );

/** Rows of an application's table that no call can queue, and what is said of each; an id that no call can name is left out. */
const BAD = {
  'without an image': { rows: [[1_000_001, null]], code: 'image_missing' },
  'with an empty image': { rows: [[1_000_002, '']], code: 'image_missing' },
  'with the id 0': { rows: [[0, 'minio://receipts/a.jpg']], code: undefined },
  'with a negative id': { rows: [[-17, 'minio://receipts/a.jpg']], code: undefined },
  'of every kind at once': {
    rows: [
      [1_000_003, null],
      [-18, null],
      [1_000_004, ''],
    ],
    code: 'image_missing',
  },
} as const;

describe('enqueue_batch_ocr of what is pending', () => {
  describe.each(Object.entries(BAD))('beside rows %s', (_what, { rows, code }) => {
    it.each(['before', 'after'] as const)(
      'that stand %s the good ones: queues the rest and names the bad ones',
      async (where) => {
        const good: number[] = [];
        const addGood = async () => void good.push(...(await addReceipts(bench.db, 3, USER)));
        if (where === 'after') await addGood();
        for (const [id, image] of rows) await add(id, image);
        if (where === 'before') {
          await bench.db.query(`select setval(pg_get_serial_sequence('public.receipts', 'id'), 2000000)`);
          await addGood();
        }
        const answer = await pending();
        const named = rows.filter(([id]) => id > 0).map(([id]) => ({ receipt_id: id, code }));
        expect(answer).toMatchObject({ total: 3, queued: 3, deduplicated: 0, skipped: named });
        expect(answer.job_ids.toSorted()).toEqual(good.map((id) => `ocr-${id}`).toSorted());
        expect(await queuedIds()).toEqual(good.toSorted((a, b) => a - b));
        expect(await pending(), 'asked again').toMatchObject({ total: 3, queued: 0, deduplicated: 3, skipped: named });
      },
    );
  });

  it('is not held up by more bad rows than it may take', async () => {
    for (let id = 1; id <= 60; id++) await add(id, id % 2 === 0 ? null : '');
    await bench.db.query(`select setval(pg_get_serial_sequence('public.receipts', 'id'), 3000000)`);
    const good = await addReceipts(bench.db, 4, USER);
    const first = await pending(2);
    expect(first).toMatchObject({ total: 2, queued: 2, job_ids: good.slice(0, 2).map((id) => `ocr-${id}`) });
    expect(first.skipped).toHaveLength(50);
    expect(first.notes).toEqual([expect.stringMatching(/^More receipts are pending than the 2 that were taken\./)]);
    const all = await pending(4);
    expect(all).toMatchObject({ total: 4, queued: 2, deduplicated: 2 });
    expect(all.notes).toBeUndefined();
  });

  it('queues nothing and makes no batch where all are bad', async () => {
    await add(5, null);
    expect(await pending()).toMatchObject({
      batch_id: null,
      total: 0,
      skipped: [{ receipt_id: 5, code: 'image_missing' }],
    });
    expect(await bench.db.query('select from pantry_queue.batches where user_id = $1', [USER])).toEqual([]);
  });
});
