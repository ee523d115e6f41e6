import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { PRIORITIES } from '../../src/contract/job.ts';
import { LIMITS } from '../../src/contract/policies.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import { readLedgerId } from '../../src/ledger/insight/queue-state.ts';
import { createCursors } from '../../src/queue/cursors.ts';
import { listPage } from '../../src/queue/list-page.ts';
import { guarded, stagesOver } from '../../src/queue/pipeline.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { createListWaitingJobs } from './support/waiting-jobs/handler.ts';
import { listWaitingJobs } from './support/waiting-jobs/row.ts';

const bench = useGate();
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
let ledgerId = '';
type Page = z.infer<typeof listWaitingJobs.output>;

/** The operation of the test behind the pipeline, as each process of a queue would make it. */
const waiting = (input: object, context: CallContext = asOwner, ledger = ledgerId) =>
  guarded(
    listWaitingJobs,
    createListWaitingJobs(createCursors(ledger)),
    stagesOver(bench.db),
  )(input, context) as Promise<Page>;

async function allPages(input: object, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page: Page = await waiting({ ...input, limit, ...(cursor === undefined ? {} : { cursor }) });
    pages.push(page.jobs.map(({ job_id }) => job_id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

let inTurn: string[] = [];
beforeAll(async () => {
  ledgerId = await readLedgerId(bench.db);
  const ids = await addReceipts(bench.db, 11);
  for (const [place, receipt_id] of ids.entries()) {
    await bench.queue.enqueueOcr({ receipt_id, priority: PRIORITIES[place % 3] ?? 'low' }, asOwner);
  }
  inTurn = [0, 1, 2].flatMap((rest) => ids.filter((_, place) => place % 3 === rest).map((id) => `ocr-${id}`));
});

describe('[Q20] the pages of a list in an order of two columns', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 200])('of %i rows hold each row once, in order', async (limit) => {
    const pages = await allPages({}, limit);
    expect(pages.flat()).toEqual(inTurn);
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    // The last page is known to be the last one, also when it is full.
    expect(pages).toHaveLength(Math.ceil(inTurn.length / limit));
  });

  it('pass over no row and repeat none when rows come and go between two pages', async () => {
    const first = await waiting({ limit: 4 });
    const [receipt_id = 0] = await addReceipts(bench.db, 1);
    await bench.queue.enqueueOcr({ receipt_id, priority: 'high' }, asOwner);
    await bench.queue.cancelJob({ job_id: first.jobs[3]?.job_id ?? '' }, asOwner);
    const rest = await waiting({ limit: 200, cursor: first.next_cursor });
    // What came before the place of the cursor is on no later page.
    const later = inTurn.slice(4);
    expect(rest.jobs.map(({ job_id }) => job_id).filter((id) => id !== `ocr-${receipt_id}`)).toEqual(later);
    await bench.queue.cancelJob({ job_id: `ocr-${receipt_id}` }, asOwner);
    inTurn = inTurn.filter((id) => id !== first.jobs[3]?.job_id);
  });
});

describe('a cursor', () => {
  const cursorOf = async (input: object = {}, context = asOwner) => {
    const { next_cursor } = await waiting({ ...input, limit: 2 }, context);
    if (next_cursor === null) throw new Error('the list has one page only');
    return next_cursor;
  };
  const refusal = (code: string) => ({ code: 'invalid_argument', fields: [{ pointer: '/cursor', code }] });
  const stranger: CallContext = {
    principal: { tenant: 'default', user: 2, scopes: new Set(['jobs:read'] as const) },
  };

  it('is read by every process of its queue', async () => {
    const cursor = await cursorOf();
    expect((await waiting({ cursor }, asOwner, ledgerId)).jobs[0]?.job_id).toBe(inTurn[2]);
  });

  it('with any one character changed, left out or added is refused', async () => {
    const cursor = await cursorOf();
    const changed = [...cursor].flatMap((char, place) => {
      const [before, after] = [cursor.slice(0, place), cursor.slice(place + 1)];
      const others = ['A', 'B', '0', '-', '.', '=', ' '].filter((other) => other !== char);
      return [before + after, ...others.map((other) => before + other + after), `${before}_${char}${after}`];
    });
    // The last character has bits to spare: several of them stand for the same bytes.
    const ends = [...BASE64URL].filter((char) => !cursor.endsWith(char)).map((char) => cursor.slice(0, -1) + char);
    for (const text of [...changed, ...ends, `${cursor}=`, `${cursor}.x`]) {
      const error = await waiting({ cursor: text }).then(
        () => undefined,
        (thrown) => thrown,
      );
      expect([text, error?.code, error?.fields[0]?.pointer]).toEqual([text, 'invalid_argument', '/cursor']);
    }
  });

  it.each(['x', '{}', 'null', '-1', '17', "' or true --", 'v1', 'v1.', 'v1..', 'v1.e30', 'x'.repeat(1_024)])(
    'that no list has given is said to be none: %s',
    async (cursor) => {
      await expect(waiting({ cursor })).rejects.toMatchObject(refusal('format'));
    },
  );

  it('of a later version is named as such', async () => {
    const cursor = await cursorOf();
    await expect(waiting({ cursor: cursor.replace('v1.', 'v2.') })).rejects.toMatchObject(refusal('version'));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another filter', async () => waiting({ cursor: await cursorOf({ priority: 1 }) })],
    ['no filter', async () => waiting({ priority: 3, cursor: await cursorOf() })],
    ['another user', async () => waiting({ cursor: await cursorOf() }, stranger)],
    ['another ledger', async () => waiting({ cursor: await cursorOf() }, asOwner, randomUUID())],
    ['another operation', async () => bench.queue.listReceipts({ cursor: await cursorOf() }, asOwner)],
  ])('of %s is refused, with the next step', async (_other, call) => {
    await expect(call()).rejects.toMatchObject({ ...refusal('foreign'), hint: expect.stringContaining('first page') });
  });
});

it('a page ends where an answer would grow too large, and the next one goes on there', async () => {
  const cursors = createCursors(ledgerId);
  const rows = Array.from({ length: 6 }, (_, id) => ({ id, text: 'x'.repeat(LIMITS.answerBytes * 0.4) }));
  const seen: number[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listPage<(typeof rows)[number], (typeof rows)[number]>(
      cursors,
      { limit: 5, cursor },
      {
        list: ['texts'],
        read: async ({ after, limit }) => rows.filter(({ id }) => id > Number(after?.[0] ?? -1)).slice(0, limit),
        view: (row) => row,
        keyOf: ({ id }) => [id],
      },
    );
    seen.push(page.rows.map(({ id }) => id));
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
  ]);
});
