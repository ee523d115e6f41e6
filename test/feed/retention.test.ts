import { expect, it } from 'vitest';
import { AGED } from '../../src/contract/events.ts';
import { FEED } from '../../src/contract/policies.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { foldHistory } from '../../src/ledger/insight/queue-history.ts';
import { expireJobs, forgetEvents } from '../../src/ledger/retention.ts';
import { eventsOf } from '../support/feed.ts';
import { begun, waiting } from '../support/job-states.ts';
import { useCluster } from './support/cluster.ts';
import { acceptBatch, committedIds, enqueueJobs, lastId, take } from './support/events.ts';
import { startProcess } from './support/process.ts';

const cluster = useCluster();
const everything = { tenant: 'default' };

/** Jobs that ended a day ago, with four events each. */
async function endedJobs(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const run = await begun(cluster.db);
    await endJob(cluster.db, run, { status: 'canceled' });
  }
  await cluster.db.query(`update pantry_queue.jobs set ended_at = now() - interval '1 day' where not live`);
}
async function expire(limit = 1_000): Promise<number> {
  await foldHistory(cluster.db);
  return expireJobs(cluster.db, ['canceled'], 3_600, limit);
}

it('a cursor is answered cursor_expired once events behind it were removed, and not before', async () => {
  const { feed } = await startProcess(cluster.url);
  const first = (await feed.subscribe({ filter: everything })).cursor();
  await endedJobs(2);
  const subscription = await feed.subscribe({ after: first, filter: everything });
  const { ids, cursor: inside } = await take(subscription, 6);
  const { cursor: last } = await take(await feed.subscribe({ after: inside, filter: everything }), 2);
  expect(await expire(1)).toBe(1);

  const resumed = (after: string) => feed.subscribe({ after, filter: everything });
  await expect(resumed(first)).rejects.toMatchObject({ code: 'cursor_expired' });
  // Of the first job only: four events, and these are behind that floor.
  const left = await committedIds(cluster.db);
  expect(left).toEqual([...ids.slice(4), ids[5] === undefined ? 0 : ids[5] + 1, ids[5] === undefined ? 0 : ids[5] + 2]);
  expect((await take(await resumed(inside), 2)).ids).toEqual(left.slice(2));

  expect(await expire()).toBe(1);
  await expect(resumed(inside)).rejects.toMatchObject({
    code: 'cursor_expired',
    message: expect.stringContaining('not kept'),
  });
  await enqueueJobs(cluster.db, 1);
  expect((await take(await resumed(last), 1)).ids).toEqual([await lastId(cluster.db)]);
});

it('[I11] events are removed in slices of so many jobs', async () => {
  await endedJobs(5);
  expect([await expire(2), await expire(2), await expire(2), await expire(2)]).toEqual([2, 2, 1, 0]);
});

it('events that are not final yet are not removed, so no reader misses them', async () => {
  const open = await cluster.connect();
  await open.query('begin');
  await open.query('select pg_current_xact_id()');
  await endedJobs(1);
  expect(await expire()).toBe(0);
  await open.query('rollback');
  expect(await expire()).toBe(1);
});

it('a subscription that was not read until its events were removed is told so', async () => {
  const { feed } = await startProcess(cluster.url);
  const slow = await feed.subscribe({ filter: everything });
  const items = eventsOf(slow);
  await waiting(cluster.db);
  expect((await items.next()).done).toBe(false);
  const before = await lastId(cluster.db);
  const toldAll = take(await feed.subscribe({ filter: everything }), 8 + FEED.recent);
  await endedJobs(2);
  await acceptBatch(cluster.db, FEED.recent);
  expect((await committedIds(cluster.db, before)).length).toBeGreaterThan(FEED.recent);
  // The feed has told all of them when another subscription has them.
  await toldAll;
  expect(await expire()).toBeGreaterThan(0);
  await expect(items.next()).rejects.toMatchObject({ code: 'cursor_expired' });
});

it('[I11] an event that no job takes along is removed by its age, whatever it tells of', async () => {
  await cluster.db.query(
    `insert into pantry_queue.events (user_id, kind, data, at)
     select 0, kind, '{}', now() - make_interval(days => age) from unnest($1::text[]) kind, unnest('{40, 20}'::int[]) age`,
    [[...AGED, 'batch_finished']],
  );
  // Transactions in other databases keep them from being final for a while.
  await expect.poll(() => forgetEvents(cluster.db, FEED.keptS, 4), { timeout: 30_000 }).toBe(4);
  expect(await forgetEvents(cluster.db, FEED.keptS, 100)).toBe(AGED.length - 4);
  const left = await cluster.db.query<{ kind: string; n: number }>(
    `select kind, count(*)::int as n from pantry_queue.events where data = '{}' group by 1`,
  );
  expect(left.map(({ kind, n }) => [kind, n]).sort()).toEqual(
    [...AGED.map((kind) => [kind, 1]), ['batch_finished', 2]].sort(),
  );
});
