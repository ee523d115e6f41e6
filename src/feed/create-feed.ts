import type { Db } from '../ledger/db.ts';
import type { FeedEvent, Position } from '../ledger/feed.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Log } from '../ports.ts';
import { createCursors } from './cursor.ts';
import type { FeedFilter } from './filter.ts';
import { createPages } from './pages.ts';
import { createPlaces, type Subscriber } from './places.ts';
import { createFeedReader } from './reader.ts';
import { createSubscription, type Subscription } from './subscription.ts';
import { createTail } from './tail.ts';

/** For anyone who only has to know that something has happened, and looks at the ledger then. */
export interface FeedListener {
  /** Events as soon as they are committed: some of them more than once, and in any order. */
  seen(events: readonly FeedEvent[]): void;
  /** From now on nothing is missed: what happened before must be looked for. It may come again. */
  mayHaveMissed(): void;
}

export interface Feed {
  /**
   * The events behind a cursor, or from now on: those that are committed after this has resolved are among them.
   * @param options `after`: the cursor of the last event that was taken; `by`: whose places it takes; absent: nobody's
   * @throws AppError invalid_argument when the cursor is none of this ledger; cursor_expired when events behind it may
   *   be gone; rate_limited when there are too many subscriptions, or too many of one user; ledger_unavailable
   */
  subscribe(options: {
    readonly after?: string | undefined;
    readonly filter: FeedFilter;
    readonly by?: Subscriber;
  }): Promise<Subscription>;
  /** The end of what is final: a place from which nothing that is committed later is missed. */
  end(): Promise<Position>;
  /** @throws AppError invalid_argument when the cursor is none of this ledger; cursor_expired; ledger_unavailable */
  positionOf(cursor: string): Promise<Position>;
  /** What `subscribe` and `positionOf` read again, in any process of the queue. */
  cursorOf(position: Position): Promise<string>;
  /** @returns a function that ends the listening */
  listen(listener: FeedListener): () => void;
  /** How long the reader of this process is overdue; 0 while nobody waits for events. */
  lagMs(): number;
  close(): Promise<void>;
}

/**
 * The feed of this process: one reader of the events for all who wait for some.
 * @param deps `db` must see all tenants: each subscription names its own
 */
export function createFeed(deps: {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly log: Log;
  readonly ledgerId: string;
}): Feed {
  const reader = createFeedReader(deps.db, createCursors(deps.ledgerId));
  const tail = createTail({ reader, notifier: deps.notifier, log: deps.log });
  const page = createPages(reader);
  const places = createPlaces();
  const open = new Set<Subscription>();
  let beginning: Promise<Position> | undefined;

  return {
    async subscribe({ after, filter, by }) {
      const leave = places.take(by);
      try {
        const from = after === undefined ? undefined : await resume(after);
        const present = await begin();
        const onClose = () => {
          open.delete(subscription);
          leave();
        };
        const subscription = createSubscription(
          { tail, reader, page },
          { after: from ?? present, present, filter, onClose },
        );
        open.add(subscription);
        return subscription;
      } catch (error) {
        leave();
        throw error;
      }
    },
    end: reader.end,
    positionOf: reader.positionOf,
    async cursorOf(position) {
      await reader.know(position.epoch);
      return reader.cursorOf(position);
    },
    listen({ seen, mayHaveMissed }) {
      const unfollow = tail.follow({
        begins: mayHaveMissed,
        told: ({ events }) => seen(events),
        hinted: seen,
      });
      if (tail.position()) queueMicrotask(mayHaveMissed);
      return unfollow;
    },
    lagMs: tail.lagMs,
    async close() {
      for (const subscription of open) subscription.close();
      await tail.close();
    },
  };

  /** Where it is now; anyone who asks meanwhile begins there too. */
  function begin(): Promise<Position> {
    beginning ??= reader
      .look()
      .then(() => reader.end())
      .finally(() => {
        beginning = undefined;
      });
    return beginning;
  }

  async function resume(cursor: string): Promise<Position> {
    const position = await reader.positionOf(cursor);
    // One that is too old is refused here, and not when its first event is taken.
    await page(position);
    return position;
  }
}
