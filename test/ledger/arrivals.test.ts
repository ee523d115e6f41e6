import { expect, it } from 'vitest';
import { foldArrivals } from '../../src/ledger/arrivals.ts';
import { enqueueAll } from '../../src/ledger/enqueue/enqueue-all.ts';
import { readCounts } from '../../src/ledger/insight/queue-state.ts';
import { addReceipts, useDatabase } from '../support/db.ts';

const database = useDatabase();
/** Batches of each owner: a row of arrivals each. */
const OWNERS = { 31: [3, 2], 32: [2] } as const;

async function enqueue(userId: number, count: number): Promise<void> {
  const ids = await addReceipts(database.db, count, userId);
  await enqueueAll(
    database.db,
    'ocr',
    ids.map((subject) => ({ subject, asked: undefined })),
    { tenant: 'default', userId, priority: 'low', mode: 'once', batchId: `batch-${userId}-${count}` },
  );
}

/** What everybody, each owner, and an owner without jobs are told. */
async function told() {
  const { db } = database;
  const everybody = await readCounts(db, 'default', 0);
  const owners = await Promise.all([31, 32, 33].map((userId) => readCounts(db, 'default', userId)));
  return {
    all: everybody.counts.queued,
    listed: everybody.owners.map(({ user_id, queued }) => [user_id, queued]),
    each: owners.map(({ counts }) => counts.queued),
  };
}
const RIGHT = {
  all: 7,
  listed: [
    [31, 5],
    [32, 2],
  ],
  each: [5, 2, undefined],
};

const unfolded = async () =>
  (await database.db.query<{ n: number }>('select n from pantry_queue.arrivals order by n')).map(({ n }) => n);

it('new jobs are counted exactly before, while and after sweeps fold them', async () => {
  for (const [id, batches] of Object.entries(OWNERS)) for (const count of batches) await enqueue(Number(id), count);
  expect(await unfolded()).toEqual([2, 2, 3]);
  expect(await told()).toEqual(RIGHT);
  await foldArrivals(database.db, 1);
  expect(await unfolded()).toHaveLength(2);
  expect(await told()).toEqual(RIGHT);
  // Sweeps of many processes at once.
  await Promise.all(Array.from({ length: 8 }, () => foldArrivals(database.db, 1)));
  await foldArrivals(database.db, 10);
  expect(await unfolded()).toEqual([]);
  expect(await told()).toEqual(RIGHT);
});

it('a job that is inserted by hand has its first event and is counted', async () => {
  const [id] = await addReceipts(database.db, 1, 34);
  await database.db.query(
    `insert into pantry_queue.jobs (kind, subject, generation, user_id, priority, status, phase, give_up_at)
     values ('ocr', $1, 1, 34, 5, 'queued', 'admission', now() + interval '1 day')`,
    [id],
  );
  expect((await readCounts(database.db, 'default', 34)).counts).toEqual({ queued: 1 });
  expect(
    await database.db.query(
      'select kind, state, data from pantry_queue.events where job_no in (select job_no from pantry_queue.jobs where subject = $1)',
      [id],
    ),
  ).toEqual([{ kind: 'enqueued', state: 'queued/admission', data: { priority: 5 } }]);
});
