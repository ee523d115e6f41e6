import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { EVENTS, type EventKind } from '../../src/contract/events.ts';
import { useCluster } from '../feed/support/cluster.ts';
import { acceptBatch, lastId } from '../feed/support/events.ts';
import { retried } from '../support/job-states.ts';
import {
  connectEvents,
  type EventServer,
  eventsIn,
  from,
  openEvents,
  startEventServer,
} from './support/event-server.ts';

const cluster = useCluster();
const KINDS = Object.keys(EVENTS) as EventKind[];
const OF_OWNERS = KINDS.filter((kind) => EVENTS[kind].audience === 'owner');

/** A cursor of now, no matter who reads from it. */
async function now(server: EventServer): Promise<string> {
  const reader = await openEvents(server);
  reader.close();
  return reader.frames.at(-1)?.id ?? '';
}

/** What a caller is told behind a cursor. */
async function told(
  server: EventServer,
  query: string,
  caller: Readonly<Record<string, string>>,
): Promise<(readonly [user: unknown, type: unknown])[]> {
  const reader = await openEvents(server, query, caller);
  reader.close();
  return eventsIn(reader).map(({ data }) => [data?.user_id, data?.type]);
}

async function refusal(server: EventServer, query: string, caller: Readonly<Record<string, string>>) {
  const reader = await connectEvents(server, query, caller);
  await reader.ended;
  const { code, detail, errors } = JSON.parse(reader.text);
  return { status: reader.status, code, detail, errors };
}

describe('who is told of an event', () => {
  /** An event of each kind for each user of two tenants, and of each tenant as a whole. */
  const add = () =>
    cluster.db.query(
      `insert into pantry_queue.events (tenant_id, user_id, kind)
       select tenant, person, kind
       from unnest('{default,other}'::text[]) tenant, unnest('{0,7,8}'::bigint[]) person, unnest($1::text[]) kind`,
      [KINDS],
    );
  const of = (users: readonly (number | null)[], kinds: readonly EventKind[]) =>
    users.flatMap((user) => kinds.map((kind) => [user, kind]));

  it('[S3] its owner, and everybody in the tenant where it is of the whole tenant; what operators need only they', async () => {
    const server = await startEventServer(cluster.url);
    const query = `?after=${await now(server)}`;
    await add();
    const sees = async (caller: Readonly<Record<string, string>>, more = '') =>
      (await told(server, `${query}${more}`, caller)).sort();
    const sorted = (rows: readonly unknown[]) => [...rows].sort();

    expect(await sees(from(7))).toEqual(sorted(of([null, 7], OF_OWNERS)));
    expect(await sees(from(8))).toEqual(sorted(of([null, 8], OF_OWNERS)));
    expect(await sees(from(9))).toEqual(sorted(of([null], OF_OWNERS)));
    expect(await sees(from(7, ['jobs:read', 'queue:admin']))).toEqual(sorted(of([null, 7], KINDS)));
    expect(await sees(from(1, ['jobs:read', 'act_as']))).toEqual(sorted(of([null, 7, 8], OF_OWNERS)));
    expect(await sees(from(1, ['jobs:read', 'act_as']), '&user_id=8')).toEqual(sorted(of([null, 8], OF_OWNERS)));
    expect(await sees(from(7, ['jobs:read'], 'nobody'))).toEqual([]);
  });

  it('[S3] nobody else by asking: a foreign user, a type of operators and a missing scope are refused', async () => {
    const server = await startEventServer(cluster.url);
    expect(await refusal(server, '?user_id=8', from(7))).toMatchObject({ status: 403, code: 'forbidden' });
    expect(await refusal(server, '?types=failed&types=admitted', from(7))).toMatchObject({
      status: 403,
      detail: 'Events of type admitted need scope queue:admin.',
    });
    expect(await refusal(server, '', from(7, ['jobs:write']))).toMatchObject({
      status: 403,
      detail: 'This call needs scope jobs:read.',
    });
  });
});

it('[S4] a caller whose key was revoked is told nothing more, and the stream ends', async () => {
  let isRevoked = false;
  const server = await startEventServer(cluster.url, {
    principalOf: async () => {
      if (isRevoked) throw new AppError('unauthenticated', 'The key was revoked.');
      return { tenant: 'default', user: 7, scopes: new Set(['jobs:read'] as const) };
    },
  });
  const add = () =>
    cluster.db.query(`insert into pantry_queue.events (tenant_id, user_id, kind) values ('default', 7, 'finished')`);
  const reader = await openEvents(server);
  await add();
  await reader.until(() => eventsIn(reader).length === 1);
  isRevoked = true;
  await add();
  await reader.ended;
  expect(eventsIn(reader)).toHaveLength(1);
});

describe('a filter of events', () => {
  it('[H4] by type, batch and job tells of nothing else, and a job without a number is every generation', async () => {
    const server = await startEventServer(cluster.url);
    const begin = await now(server);
    const { subject } = await retried(cluster.db);
    const before = await lastId(cluster.db);
    await acceptBatch(cluster.db, 2);
    const [row] = await cluster.db.query<{ batch_id: string }>(
      'select batch_id from pantry_queue.events where id > $1 and batch_id is not null limit 1',
      [before],
    );
    const types = async (query: string) => {
      const reader = await openEvents(server, `?after=${begin}${query}`, from(1, ['jobs:read']));
      reader.close();
      return eventsIn(reader).map(({ data }) => [data?.job_id, data?.type]);
    };
    const first = [
      [`ocr-${subject}`, 'enqueued'],
      [`ocr-${subject}`, 'attempt_started'],
      [`ocr-${subject}`, 'canceled'],
    ];
    const second = [[`ocr-${subject}.2`, 'enqueued']];
    expect(await types(`&job_id=ocr-${subject}`)).toEqual([...first, ...second]);
    expect(await types(`&job_id=ocr-${subject}.1`)).toEqual(first);
    expect(await types(`&job_id=ocr-${subject}.2`)).toEqual(second);
    expect(await types(`&job_id=ocr-${subject}&types=canceled&types=failed`)).toEqual([first[2]]);
    expect((await types(`&batch_id=${row?.batch_id}`)).map(([, type]) => type)).toEqual(['enqueued', 'enqueued']);
    expect((await types('&types=enqueued')).length).toBe(4);
  });

  it('[S1] by somebody else’s job or batch is answered exactly like one by none', async () => {
    const server = await startEventServer(cluster.url);
    await acceptBatch(cluster.db, 1, 7);
    const [own] = await cluster.db.query<{ subject: number; batch_id: string }>(
      'select subject, batch_id from pantry_queue.jobs where user_id = 7 order by job_no desc limit 1',
    );
    const { subject = 0, batch_id = '' } = own ?? {};
    for (const [query, unknown] of [
      [`job_id=ocr-${subject}`, 'job_id=ocr-999999'],
      [`batch_id=${batch_id}`, 'batch_id=batch-999999'],
    ] as const) {
      expect((await openEvents(server, `?${query}`, from(7))).status).toBe(200);
      const answers = [];
      for (const caller of [from(8), from(7, ['jobs:read'], 'other')]) {
        answers.push(await refusal(server, `?${query}`, caller), await refusal(server, `?${unknown}`, caller));
      }
      const named = (answer: unknown) => JSON.stringify(answer).replaceAll(/(ocr|batch)-\d+/g, '…');
      expect(answers[0]?.status).toBe(404);
      expect(new Set(answers.map(named)).size).toBe(1);
    }
  });
});
