import { describe, expect, it, onTestFinished } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { FEED } from '../../src/contract/policies.ts';
import { createFeed } from '../../src/feed/create-feed.ts';
import { endJob } from '../../src/ledger/ends.ts';
import type { FeedEvent } from '../../src/ledger/feed.ts';
import { eventsOf } from '../support/feed.ts';
import { begun } from '../support/job-states.ts';
import { useCluster } from './support/cluster.ts';
import { acceptBatch, committedIds, enqueueJobs, lastId, take } from './support/events.ts';
import { startProcess } from './support/process.ts';

const cluster = useCluster();
const everything = { tenant: 'default' };
const away = () => new AppError('ledger_unavailable', 'The database does not answer.');

describe('a subscription', () => {
  it('gives what is committed after it began, each event once and in order, with what the event says', async () => {
    const { feed } = await startProcess(cluster.url);
    const before = await lastId(cluster.db);
    const subscription = await feed.subscribe({ filter: everything });
    const run = await begun(cluster.db);
    await endJob(cluster.db, run, { status: 'canceled' });
    const seen: FeedEvent[] = [];
    for await (const { event } of eventsOf(subscription)) {
      seen.push(event);
      if (event.kind === 'canceled') break;
    }
    expect(seen.map(({ position }) => position.id)).toEqual(await committedIds(cluster.db, before));
    expect(seen.map(({ kind, state }) => [kind, state])).toEqual([
      ['enqueued', 'queued/admission'],
      ['admitted', 'queued/worker'],
      ['attempt_started', 'started/agent'],
      ['canceled', 'canceled'],
    ]);
    expect(seen[0]).toMatchObject({ tenant: 'default', userId: 1, batchId: null, data: { priority: 3 } });
  });

  it('[S3] gives events of its tenant, user, batch and job only', async () => {
    const { feed } = await startProcess(cluster.url);
    const start = (await feed.subscribe({ filter: everything })).cursor();
    for (const userId of [71, 72]) await acceptBatch(cluster.db, 2, userId);
    const rows = await cluster.db.query<{ job_no: number; batch_id: string; subject: number }>(
      `select e.job_no, e.batch_id, j.subject from pantry_queue.events e join pantry_queue.jobs j using (job_no)
       where e.user_id in (71, 72) order by e.xid, e.id`,
    );
    await cluster.db.query(`update pantry_queue.events set tenant_id = 'other' where job_no = $1`, [rows[3]?.job_no]);
    const jobsSeen = async (filter: object, count: number) => {
      const seen: (number | null)[] = [];
      const subscription = await feed.subscribe({ after: start, filter: { ...everything, ...filter } });
      for await (const { event } of eventsOf(subscription)) {
        seen.push(event.jobNo);
        if (seen.length === count) return seen;
      }
      return seen;
    };
    const numbers = rows.map(({ job_no }) => job_no);
    await acceptBatch(cluster.db, 1, 71);
    const [last = 0] = (await cluster.db.query<{ n: number }>('select max(job_no) as n from pantry_queue.jobs')).map(
      ({ n }) => n,
    );
    expect(await jobsSeen({}, 4)).toEqual([...numbers.slice(0, 3), last]);
    expect(await jobsSeen({ userId: 71 }, 3)).toEqual([numbers[0], numbers[1], last]);
    expect(await jobsSeen({ batchId: rows[0]?.batch_id }, 2)).toEqual([numbers[0], numbers[1]]);
    const job = { kind: 'ocr', subject: rows[1]?.subject };
    expect(await jobsSeen({ job }, 1)).toEqual([numbers[1]]);
    expect(await jobsSeen({ job: { ...job, generation: 1 } }, 1)).toEqual([numbers[1]]);
    expect(await jobsSeen({ kinds: new Set(['enqueued']), userId: 72 }, 1)).toEqual([numbers[2]]);
    expect(await jobsSeen({ tenant: 'other' }, 1)).toEqual([numbers[3]]);
  });

  it('[I4] goes on in another process where its cursor ended, and misses nothing that came between', async () => {
    const before = await lastId(cluster.db);
    const first = await startProcess(cluster.url);
    const subscription = await first.feed.subscribe({ filter: everything });
    await enqueueJobs(cluster.db, 5);
    const { ids, cursor } = await take(subscription, 3);
    await first.stop();
    await enqueueJobs(cluster.db, 4);
    const second = await startProcess(cluster.url);
    const resumed = await second.feed.subscribe({ after: cursor, filter: everything });
    await enqueueJobs(cluster.db, 1);
    expect([...ids, ...(await take(resumed, 7)).ids]).toEqual(await committedIds(cluster.db, before));
  });

  it('[I11] that is not read lets its events go and reads them again when it is', async () => {
    const { feed, sent } = await startProcess(cluster.url);
    const before = await lastId(cluster.db);
    const [slow, fast] = [await feed.subscribe({ filter: everything }), await feed.subscribe({ filter: everything })];
    const reads = () => sent.filter((text) => text.includes('left join lateral')).length;
    const fastRead = take(fast, FEED.recent + 50);
    const slowItems = eventsOf(slow);
    await enqueueJobs(cluster.db, 1);
    const first = await slowItems.next();
    await acceptBatch(cluster.db, FEED.recent + 49);
    expect((await fastRead).ids).toEqual(await committedIds(cluster.db, before));

    const readsBefore = reads();
    const ids = [first.value?.event.position.id];
    while (ids.length < FEED.recent + 50) ids.push((await slowItems.next()).value?.event.position.id);
    expect(ids).toEqual(await committedIds(cluster.db, before));
    expect(reads()).toBeGreaterThan(readsBefore);
    slow.close();
  });

  it('outlasts a database that is away, and misses nothing of that time', async () => {
    const there = await startProcess(cluster.url);
    const before = await lastId(cluster.db);
    const subscription = await there.feed.subscribe({ filter: everything });
    const taken = take(subscription, 4);
    await enqueueJobs(cluster.db, 1);
    there.notifier.changed([]);
    there.meet(away());
    const missed = async () => {
      const sent = there.sent.length;
      await expect.poll(() => there.sent.length, { timeout: 10_000 }).toBeGreaterThan(sent);
    };
    // A read that was under way has ended when the next one is missed: it may not see what follows.
    await missed();
    await enqueueJobs(cluster.db, 3);
    await missed();
    there.meet(undefined);
    expect((await taken).ids).toEqual(await committedIds(cluster.db, before));
  });

  it('says at once that the database is away when it begins', async () => {
    const there = await startProcess(cluster.url);
    there.meet(away());
    await expect(there.feed.subscribe({ filter: everything })).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  it('keeps its cursor near the end while nothing is for it', async () => {
    const { feed } = await startProcess(cluster.url);
    const quiet = await feed.subscribe({ filter: { tenant: 'nobody' } });
    void take(quiet, 1);
    await enqueueJobs(cluster.db, 2);
    // Behind its cursor there is only what came after it was asked for.
    const isAtTheEnd = async () => {
      const behind = await feed.subscribe({ after: quiet.cursor(), filter: everything });
      await enqueueJobs(cluster.db, 1);
      const newest = await lastId(cluster.db);
      return (await take(behind, 1)).ids[0] === newest;
    };
    await expect.poll(isAtTheEnd, { timeout: 20_000 }).toBe(true);
  });

  it('[I11] ends when it is closed, and with the feed', async () => {
    const { feed, stop } = await startProcess(cluster.url);
    const [one, other] = [await feed.subscribe({ filter: everything }), await feed.subscribe({ filter: everything })];
    const [oneEnds, otherEnds] = [take(one, 1), take(other, 1)];
    one.close();
    expect(await oneEnds).toEqual({ ids: [], cursor: '' });
    await stop();
    expect(await otherEnds).toEqual({ ids: [], cursor: '' });
  });
});

describe('the feed of a process', () => {
  it('reads nothing while nobody listens', async () => {
    const { feed, sent, notifier } = await startProcess(cluster.url);
    const subscription = await feed.subscribe({ filter: everything });
    const told = take(subscription, 1);
    await enqueueJobs(cluster.db, 1);
    await told;
    const heard: unknown[] = [];
    onTestFinished(notifier.subscribe((change) => heard.push(change)));
    const { length } = sent;
    const hears = () => {
      notifier.changed([17]);
      return heard.length;
    };
    await expect.poll(hears, { timeout: 10_000 }).toBeGreaterThan(3);
    expect(sent.slice(length)).toEqual([]);
  });

  it('[I11] reads once for all who listen', async () => {
    const { feed, sent, notifier } = await startProcess(cluster.url);
    const heard = Array.from({ length: 200 }, () => new Set<number>());
    const begun = heard.map(
      (ids) =>
        new Promise<void>((resolve) => {
          feed.listen({
            seen: (events) => {
              for (const { position } of events) ids.add(position.id);
            },
            mayHaveMissed: resolve,
          });
        }),
    );
    await Promise.all(begun);
    const before = await lastId(cluster.db);
    const { length } = sent;
    await enqueueJobs(cluster.db, 1);
    notifier.changed([]);
    await expect.poll(() => heard.every((ids) => ids.size === 1), { timeout: 10_000 }).toBe(true);
    expect([...(heard[0] ?? [])]).toEqual(await committedIds(cluster.db, before));
    // The notification, a look by timer, and what both may need: nothing that grows with those who listen.
    expect(sent.length - length).toBeLessThan(10);
  });

  it('tells who listens of an event at once, while another transaction keeps it from being final', async () => {
    const { feed } = await startProcess(cluster.url);
    const open = await cluster.connect();
    await open.query('begin');
    await open.query('select pg_current_xact_id()');
    const seen = new Set<number>();
    await new Promise<void>((resolve) => {
      feed.listen({
        seen: (events) => {
          for (const { position } of events) seen.add(position.id);
        },
        mayHaveMissed: resolve,
      });
    });
    const before = await lastId(cluster.db);
    await enqueueJobs(cluster.db, 1);
    await expect.poll(() => seen.has(before + 1), { timeout: 10_000 }).toBe(true);
    await open.query('rollback');
  });

  it('[I11] takes so many subscriptions and refuses the next, until one has ended', async () => {
    const { feed } = await startProcess(cluster.url);
    const subscriptions = await Promise.all(
      Array.from({ length: FEED.subscriptions }, () => feed.subscribe({ filter: everything })),
    );
    await expect(feed.subscribe({ filter: everything })).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterS: 5,
    });
    subscriptions[0]?.close();
    (await feed.subscribe({ filter: everything })).close();
  });

  it('refuses a cursor of another ledger', async () => {
    const { feed, db, notifier } = await startProcess(cluster.url);
    const log = { info() {}, warn() {}, error() {} };
    const other = createFeed({ db, notifier, log, ledgerId: 'another' });
    onTestFinished(() => other.close());
    const foreign = (await other.subscribe({ filter: everything })).cursor();
    await expect(feed.subscribe({ after: foreign, filter: everything })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
    await expect(feed.subscribe({ after: 'x', filter: everything })).rejects.toMatchObject({
      code: 'invalid_argument',
    });
  });
});
