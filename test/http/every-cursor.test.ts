import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OperationKey, operations } from '../../src/contract/operations.ts';
import { callByKey } from '../../src/contract/queue-api.ts';
import { addAudit } from '../support/audit.ts';
import { addReceipts } from '../support/db.ts';
import { beatAs } from '../support/gate.ts';
import { failedBy } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { doors, type Verdict } from './support/doors.ts';
import { useHttpQueue } from './support/http-queue.ts';

const http = useHttpQueue();
const USERS = [901, 902] as const;

const lists = (Object.keys(operations) as OperationKey[]).filter((key) =>
  Object.hasOwn(operations[key].output.shape, 'next_cursor'),
);
const takes = (key: OperationKey, field: string) => Object.hasOwn(operations[key].input.shape, field);

/** The one whose deliveries are listed. */
let webhook_id = '';

/** The arguments of a page of one row, as far as the list takes them. */
function pageOf(key: OperationKey, user_id: number, more: Readonly<Record<string, unknown>> = {}) {
  return {
    ...(takes(key, 'user_id') ? { user_id } : {}),
    ...(takes(key, 'webhook_id') ? { webhook_id } : {}),
    limit: 1,
    ...more,
  };
}

/** Two rows of every list, for each user where it is of users: receipts, batches, jobs, failures of two causes, limits, budgets, costs of two months, workers, reviews, webhooks with deliveries, keys, entries of the audit. */
beforeAll(async () => {
  const { db, queue } = http.current;
  // Alive for as long as the tests take.
  await db.query(`update pantry_queue.workers set seen_at = now() + interval '1 hour'`);
  for (const user_id of USERS) {
    for (const nth of [1, 2])
      await queue.createSchedule({ name: `s${user_id}-${nth}`, cron: '0 2 * * *', user_id }, asOwner);
    for (const nth of [1, 2]) {
      const url = `https://hooks.example/${user_id}/${nth}`;
      ({ webhook_id } = await queue.createWebhook({ url, events: ['job.finished'], user_id }, asOwner));
      await db.query(
        `insert into pantry_queue.deliveries (webhook_no, tenant_id, message_id, type, body, give_up_at)
         select webhook_no, tenant_id, n::text, 'job.finished', '{}', now() from pantry_queue.webhooks, generate_series(1, 2) n
         where webhook_id = $1`,
        [webhook_id],
      );
    }
    await addAudit(db, [{ user_id }, { user_id }]);
    for (const nth of [1, 2]) await queue.createKey({ name: `k${nth}`, user_id }, asOwner);
    for (const kind of [undefined, 'ocr']) await queue.setCap({ user_id, kind, in_flight: 5 }, asOwner);
    for (const code of ['agent_rejected', 'image_missing'] as const) {
      const [receipt_id = 0] = await addReceipts(db, 1, user_id);
      await queue.enqueueBatchOcr({ receipt_ids: [receipt_id] }, asOwner);
      await failedBy(db, receipt_id, code);
      await db.query(
        `update pantry_queue.receipt_state set review = 'open', review_since = now(), review_user = $2 where receipt_id = $1`,
        [receipt_id, user_id],
      );
    }
    for (const period of ['day', 'month'] as const) {
      await queue.setBudget({ amount: '1', currency: 'USD', period, user_id }, asOwner);
    }
    await db.query(
      `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, at)
       select $1 * 10, n, 'default', $1, now() - n * interval '40 days' from generate_series(0, 1) n`,
      [user_id],
    );
  }
});

/** Workers that were not heard of for a while leave their list. */
beforeEach(async () => {
  for (const name of ['w1', 'w2']) await beatAs(http.current.db, name, 1);
});

async function cursorOf(key: OperationKey, user_id: number): Promise<string> {
  const page = await callByKey(http.current.queue, key, pageOf(key, user_id), asOwner);
  const { next_cursor: cursor } = page as { next_cursor?: string | null };
  if (typeof cursor !== 'string') throw new Error(`${key} has no second page`);
  return cursor;
}

async function ask(key: OperationKey, cursor: string, user_id: number): Promise<[door: string, Verdict | undefined][]> {
  const args = new Map(
    Object.entries(pageOf(key, user_id, { cursor })).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  const { http: overHttp, client, cli } = doors;
  return Promise.all(
    Object.entries({ http: overHttp, client, cli }).map(
      async ([door, call]): Promise<[string, Verdict | undefined]> => [door, await call(http.current, key, args)],
    ),
  );
}

/** A text that was a cursor until somebody changed it. */
function forgeries(cursor: string): string[] {
  const swapped = (at: number) => cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
  const places = [0, 1, 2, 3, 4, 5, 6, 7].map((part) => Math.floor((part * (cursor.length - 1)) / 7));
  return [...places.map(swapped), cursor.slice(0, -1), `${cursor}A`, cursor.toUpperCase(), 'A', 'null'].filter(
    (text) => text !== cursor,
  );
}

describe.each(lists)('a cursor of %s', (key) => {
  const refused: Verdict = { code: 'invalid_argument', pointers: ['/cursor'] };

  it('[Q20] is taken at every door for the call and the user that it was given to', async () => {
    const cursor = await cursorOf(key, USERS[0]);
    for (const [door, verdict] of await ask(key, cursor, USERS[0])) {
      expect([door, verdict]).toEqual([door, { code: 'ok', pointers: [] }]);
    }
  });

  it('[Q20] is refused at every door when it is forged, or of another user or list', async () => {
    const before = await http.current.everything();
    const others = lists.filter((other) => other !== key);
    const foreign = [
      ...(takes(key, 'user_id') ? [await cursorOf(key, USERS[1])] : []),
      ...(await Promise.all(others.map((other) => cursorOf(other, USERS[0])))),
    ];
    for (const cursor of [...forgeries(await cursorOf(key, USERS[0])), ...foreign]) {
      for (const [door, verdict] of await ask(key, cursor, USERS[0])) {
        expect([door, cursor, verdict]).toEqual([door, cursor, refused]);
      }
    }
    expect(await http.current.everything()).toEqual(before);
  });
});
