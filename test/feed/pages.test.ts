import { describe, expect, it } from 'vitest';
import { FEED } from '../../src/contract/policies.ts';
import { createPages } from '../../src/feed/pages.ts';
import type { FeedStretch } from '../../src/feed/reader.ts';
import type { Position } from '../../src/ledger/feed.ts';

const at = (id: number): Position => ({ epoch: 1, xid: 100n, id });
const NOTHING: Omit<FeedStretch, 'to'> = { events: [], more: false, unsettled: false };
/** What a promise has started is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A ledger that answers each read when the test says so, in the order in which they came. */
function setUp() {
  const open: (() => void)[] = [];
  let reads = 0;
  const pages = createPages({
    read: (after) => {
      reads++;
      return new Promise((resolve) => open.push(() => resolve({ ...NOTHING, to: after })));
    },
  });
  return {
    pages,
    reads: () => reads,
    underWay: () => open.length,
    async answerOne() {
      open.shift()?.();
      await settled();
    },
  };
}

describe('[I11] readers that are behind, each at another place', () => {
  it('take a few connections at a time, and all come to their turn', async () => {
    const { pages, underWay, answerOne } = setUp();
    const readers = Array.from({ length: 20 }, (_, n) => pages(at(n)));
    await settled();
    for (let left = readers.length; left > 0; left--) {
      expect(underWay()).toBe(Math.min(left, FEED.catchUps));
      await answerOne();
    }
    expect((await Promise.all(readers)).map(({ to }) => to.id)).toEqual(readers.map((_, n) => n));
  });

  it('share one read where they stand at the same place', async () => {
    const { pages, reads, answerOne } = setUp();
    const readers = Array.from({ length: 20 }, () => pages(at(7)));
    await settled();
    await answerOne();
    await Promise.all(readers);
    expect(reads()).toBe(1);
  });
});
