import { toAppError } from '../contract/errors.ts';
import { FEED } from '../contract/policies.ts';
import { comparePositions, type FeedEvent, type Position } from '../ledger/feed.ts';
import { type FeedFilter, matches } from './filter.ts';
import type { FeedReader, FeedStretch } from './reader.ts';
import type { Tail } from './tail.ts';

/** Events of a subscription that follow each other; none: at this moment there is no further one. */
export type FeedNews = readonly FeedEvent[];

/**
 * Events in order, each once, as many at a time as there are; the first time that there is none it says so, then it
 * waits. It ends when it is closed; it throws cursor_expired when its reader was so slow that what comes next is not kept
 * any more, and what a read throws: anyone who comes back with the cursor goes on where it ended.
 */
export interface Subscription extends AsyncIterable<FeedNews> {
  /** Behind all that was given, and all that was looked at and is none of its events. */
  cursor(): string;
  cursorOf(event: FeedEvent): string;
  close(): void;
}

/**
 * A subscription holds no event, only how far it is: it takes what is new from those that the tail holds for everybody.
 * One that is further behind reads pages of the ledger in its own time, until it has caught up.
 * @param deps `page` reads what follows a position from the ledger
 */
export function createSubscription(
  deps: { readonly tail: Tail; readonly reader: FeedReader; page(after: Position): Promise<FeedStretch> },
  options: {
    readonly after: Position;
    /** Where the ledger was when it began: it has caught up when it has come so far. */
    readonly present: Position;
    readonly filter: FeedFilter;
    readonly onClose: () => void;
  },
): Subscription {
  const { tail, reader } = deps;
  const { filter, present } = options;
  /** Everything up to here was given, or is none of its events. */
  let reached = options.after;
  /** It has all that the tail has read, and waits. */
  let idle = false;
  let closed = false;
  let wake = () => {};

  const reach = (to: Position) => {
    if (comparePositions(to, reached) > 0) reached = to;
  };

  /** The next ones of its own; the rest is left for the next time. */
  function take({ events, to }: Pick<FeedStretch, 'events' | 'to'>): FeedNews {
    const own: FeedEvent[] = [];
    for (const event of events) {
      if (!matches(event, filter)) continue;
      own.push(event);
      if (own.length < FEED.atOnce) continue;
      reach(event.position);
      return own;
    }
    reach(to);
    return own;
  }

  const unfollow = tail.follow({
    begins() {
      idle = false;
      wake();
    },
    told({ events, to }) {
      // Most of what is told is for others: nobody is woken for it.
      if (idle && !events.some((event) => matches(event, filter))) reach(to);
      else wake();
    },
  });

  function close(): void {
    if (closed) return;
    closed = true;
    unfollow();
    options.onClose();
    wake();
  }

  const woken = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  /** A database that is away is waited for: the tail wakes everybody when it can read again. */
  async function takeFromLedger(): Promise<FeedNews> {
    const stretch = await deps.page(reached).catch((error: unknown) => {
      if (toAppError(error).code === 'ledger_unavailable') return undefined;
      throw error;
    });
    const found = stretch ? take(stretch) : [];
    const isBlind = stretch === undefined || (!stretch.more && tail.position() === undefined);
    if (found.length === 0 && isBlind && !closed) await woken();
    return found;
  }

  async function* news(): AsyncGenerator<FeedNews> {
    let wasCurrent = false;
    try {
      while (!closed) {
        // The tail may not have read yet what had happened when this began.
        const recent = comparePositions(reached, present) < 0 ? undefined : tail.since(reached);
        const found = recent ? take(recent) : await takeFromLedger();
        // What was taken is given, also by one that was closed meanwhile: its cursor lies behind it.
        if (found.length > 0) yield found;
        else if (closed) return;
        else if (recent && !wasCurrent) {
          wasCurrent = true;
          yield found;
        } else if (recent) {
          idle = true;
          await woken();
          idle = false;
        }
      }
    } finally {
      close();
    }
  }

  return {
    [Symbol.asyncIterator]: news,
    cursor: () => reader.cursorOf(reached),
    cursorOf: ({ position }) => reader.cursorOf(position),
    close,
  };
}
