import { comparePositions, type FeedEvent, type Position } from '../ledger/feed.ts';

/** The newest final events, in order, held once for everybody who follows. */
export interface Recent {
  /** Forgets all: what follows begins at this position. */
  begin(at: Position): void;
  add(events: readonly FeedEvent[]): void;
  /** All that were added behind a position; undefined when some of them may have been let go. */
  since(after: Position): readonly FeedEvent[] | undefined;
}

/** @param limit how many are held; the oldest are let go */
export function createRecent(limit: number): Recent {
  let events: FeedEvent[] = [];
  let floor: Position | undefined;

  return {
    begin(at) {
      events = [];
      floor = at;
    },
    add(more) {
      events.push(...more);
      const gone = events.splice(0, Math.max(0, events.length - limit));
      floor = gone.at(-1)?.position ?? floor;
    },
    since(after) {
      if (floor === undefined || comparePositions(after, floor) < 0) return undefined;
      let first = 0;
      let end = events.length;
      while (first < end) {
        const middle = (first + end) >> 1;
        const isBehind = comparePositions((events[middle] as FeedEvent).position, after) > 0;
        if (isBehind) end = middle;
        else first = middle + 1;
      }
      return events.slice(first);
    },
  };
}
