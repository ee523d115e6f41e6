import fc from 'fast-check';
import type pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { HISTORY } from '../../src/contract/policies.ts';
import { createDb, type Db } from '../../src/ledger/db.ts';
import { foldHistory, forgetHistory, type HistoryRow, readBuckets } from '../../src/ledger/insight/queue-history.ts';
import { expireJobs } from '../../src/ledger/retention.ts';
import { begun } from '../support/job-states.ts';
import { useCluster } from './support/cluster.ts';

const cluster = useCluster();
const now = Math.floor(Date.now() / 86_400_000) * 86_400_000;

beforeEach(async () => {
  await cluster.db.query('truncate pantry_queue.events, pantry_queue.jobs, pantry_queue.history');
});

const KINDS = ['enqueued', 'attempt_started', 'finished', 'failed', 'canceled', 'admitted', 'deferred'] as const;

/** An event as the program writes it. */
interface Written {
  readonly jobNo: number;
  readonly user: number;
  readonly kind: (typeof KINDS)[number];
  readonly attempt: number;
  readonly at: Date;
}

async function write(client: pg.Client, event: Written): Promise<void> {
  await client.query(
    `insert into pantry_queue.events (job_no, user_id, kind, attempt, at) values ($1, $2, $3, $4, $5)`,
    [event.jobNo, event.user, event.kind, event.attempt, event.at],
  );
}

/** What the events say, counted without the ledger: user, start of the bucket, numbers and waits. */
function countedFrom(events: readonly Written[], user: number, stepS: number) {
  const accepted = new Map(events.filter(({ kind }) => kind === 'enqueued').map(({ jobNo, at }) => [jobNo, at]));
  const buckets = new Map<
    number,
    { accepted: number; finished: number; failed: number; canceled: number; waits: number[] }
  >();
  for (const event of events) {
    if (user !== 0 && event.user !== user) continue;
    const isFirstStart = event.kind === 'attempt_started' && event.attempt === 1;
    if (event.kind === 'admitted' || event.kind === 'deferred') continue;
    if (event.kind === 'attempt_started' && !isFirstStart) continue;
    const at = Math.floor(event.at.getTime() / stepS / 1000) * stepS * 1000;
    const bucket = buckets.get(at) ?? { accepted: 0, finished: 0, failed: 0, canceled: 0, waits: [] };
    buckets.set(at, bucket);
    if (event.kind === 'enqueued') bucket.accepted++;
    else if (event.kind === 'attempt_started') {
      bucket.waits.push(event.at.getTime() - (accepted.get(event.jobNo)?.getTime() ?? Number.NaN));
    } else bucket[event.kind]++;
  }
  return [...buckets]
    .sort(([left], [right]) => left - right)
    .map(([at, { waits, ...numbers }]) => ({ at: new Date(at), ...numbers, waits: histogramOf(waits) }));
}

function histogramOf(waits: readonly number[]): HistoryRow['waits'] {
  if (waits.length === 0) return null;
  const places = waits.map((ms) => HISTORY.waitBoundsMs.filter((bound) => bound <= ms).length);
  return Object.fromEntries([...new Set(places)].map((place) => [place, places.filter((one) => one === place).length]));
}

const whole = { from: new Date(now - 40 * 86_400_000), to: new Date(now + 40 * 86_400_000) };
const kept = (userId: number, step: keyof typeof HISTORY.steps, db: Db = cluster.db) =>
  readBuckets(db, { tenant: 'default', userId }, { ...whole, ...HISTORY.steps[step] });

async function expectExact(events: readonly Written[]): Promise<void> {
  for (const step of ['1m', '5m', '15m', '1h', '6h', '1d'] as const) {
    for (const user of [0, 1, 2]) {
      expect([step, user, await kept(user, step)]).toEqual([
        step,
        user,
        countedFrom(events, user, HISTORY.steps[step].stepS),
      ]);
    }
  }
}

describe('the history', () => {
  it('[Q5] is what the events say, in every width, whatever is committed late, rolled back, or counted by two at once', async () => {
    const clients = [await cluster.connect(), await cluster.connect(), await cluster.connect()];
    const other = createDb({ url: cluster.url, applicationName: 'other gate' });
    let lastJob = 0;
    const step = fc.record({
      who: fc.nat(2),
      does: fc.constantFrom('write', 'write', 'write', 'commit', 'rollback', 'count', 'break off'),
      kind: fc.constantFrom(...KINDS),
      user: fc.integer({ min: 1, max: 2 }),
      attempt: fc.integer({ min: 1, max: 2 }),
      waitMs: fc.constantFrom(0, 99, 100, 101, 5_000, 3_600_000, 3_000_000_000),
      atMs: fc.nat(3 * 86_400_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await cluster.db.query('truncate pantry_queue.events, pantry_queue.history');
        const committed: Written[] = [];
        const open: Written[][] = [[], [], []];
        const isOpen = [false, false, false];
        const end = async (who: number, how: 'commit' | 'rollback') => {
          if (!isOpen[who]) return;
          await clients[who]?.query(how);
          if (how === 'commit') committed.push(...(open[who] ?? []));
          open[who] = [];
          isOpen[who] = false;
        };
        for (const { who, does, kind, user, attempt, waitMs, atMs } of steps) {
          const client = clients[who];
          if (!client) continue;
          if (does === 'commit' || does === 'rollback') await end(who, does);
          else if (does === 'count') await Promise.all([foldHistory(cluster.db, 2), foldHistory(other, 3)]);
          else if (does === 'break off') await brokenOff();
          else {
            if (!isOpen[who]) await client.query('begin');
            isOpen[who] = true;
            const jobNo = ++lastJob;
            const accepted: Written = { jobNo, user, kind: 'enqueued', attempt: 0, at: new Date(now - atMs) };
            const events =
              kind === 'enqueued'
                ? [accepted]
                : [accepted, { ...accepted, kind, attempt, at: new Date(now - atMs + waitMs) }];
            for (const event of events) await write(client, event);
            open[who]?.push(...events);
          }
        }
        for (const who of [0, 1, 2]) await end(who, 'commit');
        await foldHistory(cluster.db);
        await expectExact(committed);
      }),
      { numRuns: 25 },
    );
    await other.close();
  });

  /** Its process died before the commit. */
  async function brokenOff(): Promise<void> {
    const died = new Error('died');
    const work = cluster.db.transaction(async (tx) => {
      await foldHistory({ ...cluster.db, query: tx.query }, 2);
      throw died;
    });
    await expect(work).rejects.toBe(died);
  }

  it('[Q5] is counted by one at a time: who finds the place taken leaves the work to the other', async () => {
    await cluster.db.query('truncate pantry_queue.events, pantry_queue.history');
    const other = createDb({ url: cluster.url, applicationName: 'other gate' });
    const client = await cluster.connect();
    const event: Written = { jobNo: 1, user: 1, kind: 'enqueued', attempt: 0, at: new Date(now) };
    await write(client, event);
    await cluster.db.transaction(async (tx) => {
      await foldHistory({ ...cluster.db, query: tx.query });
      await foldHistory(other);
    });
    await expectExact([event]);
    await other.close();
  });

  it('[Q5] goes on in the next epoch after it has counted all of the one before', async () => {
    const [client] = [await cluster.connect()];
    const event: Written = { jobNo: 1, user: 1, kind: 'enqueued', attempt: 0, at: new Date(now) };
    await write(client, event);
    await write(client, event);
    await cluster.db.query(
      `insert into pantry_queue.epochs (epoch, cluster, first_id, first_xid, prior_xid)
       select 2, pantry_queue.cluster_name(), max(id) + 1, '0', max(xid) from pantry_queue.events`,
    );
    await write(client, event);
    await foldHistory(cluster.db, 1);
    expect(await kept(1, '1m')).toMatchObject([{ accepted: 3 }]);
    await cluster.db.query('delete from pantry_queue.epochs where epoch = 2');
    await cluster.db.query('update pantry_queue.history_place set epoch = 1');
  });

  it('keeps events from being removed before it has counted them', async () => {
    const run = await begun(cluster.db);
    await cluster.db.query(
      `update pantry_queue.jobs set status = 'failed', phase = null, ended_at = now() - interval '1 day' where subject = $1`,
      [run.subject],
    );
    expect(await expireJobs(cluster.db, ['failed'], 60, 10)).toBe(0);
    await foldHistory(cluster.db);
    expect(await expireJobs(cluster.db, ['failed'], 60, 10)).toBe(1);
    expect(await kept(0, '1d')).toMatchObject([{ accepted: 1 }]);
  });

  it('[I11] is kept for its time in each width, and forgotten in slices', async () => {
    const client = await cluster.connect();
    const agesS = HISTORY.kept.flatMap(({ forS }) => [forS - 30_000, forS + 30_000]);
    for (const ageS of agesS) {
      await write(client, { jobNo: 1, user: 1, kind: 'finished', attempt: 0, at: new Date(Date.now() - ageS * 1000) });
    }
    await foldHistory(cluster.db);
    const count = async () =>
      (
        await cluster.db.query<{ n: number }>(`select count(*)::int as n from pantry_queue.history where user_id = 1`)
      )[0]?.n;
    const all = agesS.length * HISTORY.kept.length;
    expect(await count()).toBe(all);
    await forgetHistory(cluster.db, 1);
    expect(await count()).toBeGreaterThan(all - HISTORY.kept.length * 2);
    for (let n = 0; n < all; n++) await forgetHistory(cluster.db, 2);
    const left = HISTORY.kept.map(({ forS }) => agesS.filter((ageS) => ageS <= forS).length);
    expect(await count()).toBe(left.reduce((sum, n) => sum + n, 0));
  });
});

it('bounds of waits grow by a fifth and reach beyond the time after which a job is given up', () => {
  const bounds = HISTORY.waitBoundsMs;
  expect(bounds[0]).toBe(100);
  expect(bounds.at(-1)).toBeGreaterThan(72 * 3_600_000);
  for (const [nth, bound] of bounds.slice(1).entries()) expect(bound / (bounds[nth] ?? 0)).toBeCloseTo(1.2, 1);
});
