import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventMessage } from '../../src/contract/event-message.ts';
import { EVENT_STREAM } from '../../src/contract/event-stream.ts';
import { FEED } from '../../src/contract/policies.ts';
import { createCursors } from '../../src/feed/cursor.ts';
import { endJob } from '../../src/ledger/ends.ts';
import { foldHistory } from '../../src/ledger/insight/queue-history.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { expireJobs } from '../../src/ledger/retention.ts';
import { useCluster } from '../feed/support/cluster.ts';
import { acceptBatch, committedIds, enqueueJobs, lastId } from '../feed/support/events.ts';
import { waiting } from '../support/job-states.ts';
import type { Reader } from './support/event-server.ts';
import {
  connectEvents,
  type EventServer,
  eventsIn,
  from,
  openEvents,
  startEventServer,
} from './support/event-server.ts';
import { byHand } from './support/later.ts';

const cluster = useCluster();
let cursors: ReturnType<typeof createCursors>;
beforeAll(async () => {
  cursors = createCursors(await readLedgerId(cluster.db));
});
/** Ids of the events in the order in which they came. */
const idsIn = (reader: Reader) => eventsIn(reader).map(({ id = '' }) => cursors.read(id).position.id);
const lastCursor = ({ frames }: Reader) => frames.findLast(({ id }) => id !== undefined)?.id ?? '';
const resyncsIn = ({ frames }: Reader) => frames.filter(({ event }) => event === 'resync');
const behind = (cursor: string) => `?after=${encodeURIComponent(cursor)}`;
const start = () => startEventServer(cluster.url);

describe('a stream of events', () => {
  it('[H4] says at once where it stands, and who comes back with that misses nothing that came between', async () => {
    const server = await start();
    const first = await openEvents(server);
    expect(first.frames[0]).toMatchObject({ retry: String(EVENT_STREAM.retryMs) });
    expect(first.frames[1]).toMatchObject({ event: 'caught_up', data: { type: 'caught_up', id: lastCursor(first) } });
    first.close();
    const before = await lastId(cluster.db);
    await enqueueJobs(cluster.db, 3);
    const again = await openEvents(server, behind('of an older page'), { 'last-event-id': lastCursor(first) });
    expect(idsIn(again)).toEqual(await committedIds(cluster.db, before));
    await enqueueJobs(cluster.db, 2);
    await again.until((reader) => eventsIn(reader).length === 5);
    expect(idsIn(again)).toEqual(await committedIds(cluster.db, before));
    for (const { id, data } of eventsIn(again)) {
      expect(eventMessage.safeParse(data).error).toBeUndefined();
      expect(data?.id).toBe(id);
    }
  });

  it('[H4] is not kept, compressed or collected on its way, and a HEAD has its head only', async () => {
    const server = await start();
    const { headers } = await openEvents(server, '', { 'accept-encoding': 'br, gzip' });
    const expected = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      connection: 'close',
    };
    expect(headers).toMatchObject(expected);
    expect(headers).not.toHaveProperty('content-encoding');
    const head = await fetch(`${server.url}/events`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Object.fromEntries(head.headers)).toMatchObject(expected);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const other = await fetch(`${server.url}/events`, { method });
      expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('[H4] shows by a comment that it lives, whose id moves its reader on', async () => {
    const clock = byHand();
    const server = await startEventServer(cluster.url, { later: clock.later });
    const reader = await openEvents(server, '', from(555));
    const { length } = reader.frames;
    const everybody = await openEvents(server);
    await enqueueJobs(cluster.db, 2);
    await everybody.until((each) => eventsIn(each).length === 2);
    await clock.pass(EVENT_STREAM.quietMs - 1);
    expect(reader.frames).toHaveLength(length);
    await clock.pass(1);
    await reader.until(({ frames }) => frames.length > length);
    expect(reader.frames.at(-1)).toMatchObject({ event: undefined, data: undefined, id: expect.any(String) });
    expect(eventsIn(await openEvents(server, behind(lastCursor(reader))))).toEqual([]);
  });

  it('[H4] ends with its server and leaves its reader a cursor, with which another goes on', async () => {
    const server = await start();
    const before = await lastId(cluster.db);
    const reader = await openEvents(server);
    await enqueueJobs(cluster.db, 2);
    await reader.until((each) => eventsIn(each).length === 2);
    await Promise.all([server.stop(), reader.ended]);
    expect(reader.frames.at(-1)).toMatchObject({ id: expect.any(String), data: undefined });
    await enqueueJobs(cluster.db, 3);
    const next = await openEvents(await start(), '', { 'last-event-id': lastCursor(reader) });
    expect([...idsIn(reader), ...idsIn(next)]).toEqual(await committedIds(cluster.db, before));
  });
});

describe('a stream whose cursor is of no use', () => {
  const newest = async (server: EventServer, query: string) => {
    const reader = await openEvents(server, query);
    const before = await lastId(cluster.db);
    await enqueueJobs(cluster.db, 1);
    await reader.until((each) => eventsIn(each).length >= 1);
    expect(idsIn(reader)).toEqual(await committedIds(cluster.db, before));
    expect(reader.frames.findIndex(({ event }) => event === 'resync')).toBe(1);
    return resyncsIn(reader).map(({ id, data }) => [data?.reason, id === data?.id]);
  };

  it('[H4] begins with a resync where it is forged, of another ledger or another epoch, and goes on from now', async () => {
    const server = await start();
    const position = { epoch: 1, xid: 7n, id: 7 };
    const own = lastCursor(await openEvents(server));
    const forged = [
      'x',
      '\u{1f600}',
      'a'.repeat(1_024),
      `${own.slice(0, -1)}${own.endsWith('A') ? 'B' : 'A'}`,
      createCursors('another').write(position, null),
    ];
    for (const cursor of forged) expect(await newest(server, behind(cursor))).toEqual([['cursor_unknown', true]]);
    const ofAnother = [cursors.write({ ...position, epoch: 9 }, null), cursors.write(position, 'another cluster')];
    for (const cursor of ofAnother) expect(await newest(server, behind(cursor))).toEqual([['cursor_expired', true]]);
  });

  it('[H4] is opened or refused by name, whatever text its cursor is', async () => {
    const server = await start();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 1_100 }), async (text) => {
        const reader = await connectEvents(server, behind(text.toWellFormed()));
        if (reader.status === 200) await reader.until(({ frames }) => frames.length >= 2);
        else await reader.ended;
        reader.close();
        const code = reader.status === 200 ? resyncsIn(reader)[0]?.data?.reason : JSON.parse(reader.text).code;
        expect(['cursor_unknown', 'invalid_argument']).toContain(code);
      }),
      { numRuns: 60, examples: [[''], ['a'.repeat(1_025)], ['\0'], ['\n\nid: 1']] },
    );
  });

  it('[H4] is told so where events behind it are past their retention, and where it was read too slowly', async () => {
    const server = await start();
    const old = lastCursor(await openEvents(server));
    const slow = await server.streams.events({}, { principal: PERSON });
    const messages = slow[Symbol.asyncIterator]();
    expect(await messages.next()).toMatchObject({ value: [{ type: 'caught_up' }] });
    await endJob(cluster.db, await waiting(cluster.db), { status: 'canceled' });
    await cluster.db.query(`update pantry_queue.jobs set ended_at = now() - interval '1 day' where not live`);
    await acceptBatch(cluster.db, FEED.recent);
    const expire = async () => {
      await foldHistory(cluster.db);
      return expireJobs(cluster.db, ['canceled'], 3_600, 10);
    };
    await expect.poll(expire, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await newest(server, behind(old))).toEqual([['cursor_expired', true]]);
    // What the tail of this process holds for everybody does not reach back so far.
    const told = await messages.next();
    expect(told.value).toMatchObject([{ type: 'resync', reason: 'cursor_expired' }]);
    await messages.return?.();
  });
});

const PERSON = { tenant: 'default', user: 1, scopes: new Set(['jobs:read', 'act_as'] as const) };

describe('too many streams', () => {
  it('[I11] of one user are refused with 429 and Retry-After, and others still get one', async () => {
    const server = await start();
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const context = { principal: { ...PERSON, user: 9 }, signal: ended.signal };
    await Promise.all(Array.from({ length: FEED.subscriptionsPerUser }, () => server.streams.events({}, context)));
    const refused = await connectEvents(server, '', from(9));
    await refused.ended;
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '5' } });
    expect(JSON.parse(refused.text)).toMatchObject({ code: 'rate_limited', retryable: true });
    expect((await openEvents(server, '', from(10))).status).toBe(200);
    ended.abort();
    expect((await openEvents(server, '', from(9))).status).toBe(200);
  });

  it('[I11] is nothing that connections leave behind: each gives its place back when its reader goes', async () => {
    const server = await start();
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const context = { principal: { ...PERSON, user: 9 }, signal: ended.signal };
    const reader = await openEvents(server, '', from(9));
    await Promise.all(Array.from({ length: FEED.subscriptionsPerUser - 1 }, () => server.streams.events({}, context)));
    expect((await connectEvents(server, '', from(9))).status).toBe(429);
    reader.close();
    const again = async () => (await connectEvents(server, '', from(9))).status;
    await expect.poll(again, { timeout: 10_000 }).toBe(200);
    ended.abort();
  });
});
