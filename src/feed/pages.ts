import { FEED } from '../contract/policies.ts';
import { comparePositions, type Position } from '../ledger/feed.ts';
import { atMost } from './at-most.ts';
import type { FeedReader, FeedStretch } from './reader.ts';

/** Pages that may be what the next one needs, for as long as `FEED.everyMs`. */
const KEPT = 8;

interface Page extends FeedStretch {
  readonly from: Position;
  readonly readAt: number;
}

/**
 * Pages of the ledger for those who are behind. Who stands at the same place shares a read, and a page is kept for a
 * moment: a subscription holds none of it, and comes back for the rest.
 * @returns reads what follows a position
 */
export function createPages(reader: Pick<FeedReader, 'read'>): (after: Position) => Promise<FeedStretch> {
  const inTurn = atMost(FEED.catchUps);
  const reading = new Map<string, Promise<FeedStretch>>();
  let kept: readonly Page[] = [];

  function find(after: Position): FeedStretch | undefined {
    const freshFrom = performance.now() - FEED.everyMs;
    kept = kept.filter(({ readAt }) => readAt >= freshFrom);
    const page = kept.find(({ from, to }) => comparePositions(from, after) <= 0 && comparePositions(after, to) < 0);
    return page && { ...page, events: page.events.filter(({ position }) => comparePositions(position, after) > 0) };
  }

  async function read(after: Position): Promise<FeedStretch> {
    return inTurn(async () => {
      const known = find(after);
      if (known) return known;
      const stretch = await reader.read(after);
      // The last page grows; only a full one stays as it is.
      if (stretch.more && stretch.events.length > 0) {
        kept = [{ ...stretch, from: after, readAt: performance.now() }, ...kept].slice(0, KEPT);
      }
      return stretch;
    });
  }

  return (after) => {
    const key = `${after.epoch} ${after.xid} ${after.id}`;
    const shared = reading.get(key) ?? read(after).finally(() => reading.delete(key));
    reading.set(key, shared);
    return shared;
  };
}
