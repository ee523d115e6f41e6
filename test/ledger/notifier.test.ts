import type pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Db } from '../../src/ledger/db.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { useDatabase } from '../support/db.ts';

const base = useDatabase();

/** The ledger, over a listening connection whose statements each take until `answersOne` is called; how many were under way. */
function slowToAnswer(db: Db) {
  let most = 0;
  let running = 0;
  const held: (() => void)[] = [];
  const connect = async () => {
    const client = await db.connect();
    const query = client.query.bind(client) as (...statement: unknown[]) => Promise<unknown>;
    const counted = async (...statement: unknown[]) => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => held.push(resolve));
      return query(...statement).finally(() => running--);
    };
    return Object.assign(client, { query: counted }) as unknown as pg.Client;
  };
  return {
    db: { ...db, connect } satisfies Db,
    answersOne() {
      const answer = held.shift();
      answer?.();
      return answer !== undefined;
    },
    held,
    most: () => most,
  };
}

afterEach(() => vi.restoreAllMocks());

describe('the connection that listens', () => {
  it('is asked for one thing at a time, however often something changes meanwhile', async () => {
    let now = Date.now();
    // Each change is sent at once: the last one was a second ago.
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 1_000));
    const slow = slowToAnswer(base.db);
    const notifier = createNotifier(slow.db);
    const told = new Set<number>();
    notifier.subscribe(({ subjects }) => {
      for (const subject of subjects ?? []) told.add(subject);
    });
    try {
      await expect.poll(slow.answersOne).toBe(true);
      const isAsked = () => {
        notifier.changed([1]);
        return slow.held.length;
      };
      await expect.poll(isAsked).toBeGreaterThan(0);
      notifier.changed([2]);
      const isTold = () => {
        slow.answersOne();
        return told.has(2);
      };
      await expect.poll(isTold).toBe(true);
      expect(slow.most()).toBe(1);
    } finally {
      await notifier.close();
    }
  });
});
