import { AppError } from '../contract/errors.ts';
import { FEED } from '../contract/policies.ts';
import type { Db } from '../ledger/db.ts';
import type { FeedEvent, Position } from '../ledger/feed.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Log } from '../ports.ts';
import { atMost } from './at-most.ts';
import { createCursors } from './cursor.ts';
import { createFeedReader } from './reader.ts';
import { createSubscription, type FeedFilter, type Subscription } from './subscription.ts';
import { createTail } from './tail.ts';

/** For whoever only has to know that something has happened, and looks at the ledger then. */
export interface FeedListener {
  /** Events as soon as they are committed: some of them more than once, and in any order. */
  seen(events: readonly FeedEvent[]): void;
  /** From now on nothing is missed: what happened before must be looked for. It may come again. */
  mayHaveMissed(): void;
}

export interface Feed {
  /**
   * The events behind a cursor, or from now on: those that are committed after this has resolved are among them.
   * @param options `after`: the cursor of the last event that was taken
   * @throws AppError invalid_argument when the cursor is none of this ledger; cursor_expired when events behind it may
   *   be gone; rate_limited when there are too many subscriptions; ledger_unavailable
   */
  subscribe(options: { readonly after?: string | undefined; readonly filter: FeedFilter }): Promise<Subscription>;
  /** The end of what is final: a place from which nothing that is committed later is missed. */
  end(): Promise<Position>;
  /** @throws AppError invalid_argument when the cursor is none of this ledger; cursor_expired; ledger_unavailable */
  positionOf(cursor: string): Promise<Position>;
  /** What `subscribe` and `positionOf` read again, in any process of the queue. */
  cursorOf(position: Position): Promise<string>;
  /** @returns a function that ends the listening */
  listen(listener: FeedListener): () => void;
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
  const catchUp = atMost(FEED.catchUps);
  const open = new Set<Subscription>();
  let opening = 0;

  return {
    async subscribe({ after, filter }) {
      if (open.size + opening >= FEED.subscriptions) throw tooMany();
      opening++;
      try {
        const position = after === undefined ? (tail.position() ?? (await begin())) : await resume(after);
        const onClose = () => open.delete(subscription);
        const subscription = createSubscription({ tail, reader, catchUp }, { after: position, filter, onClose });
        open.add(subscription);
        return subscription;
      } finally {
        opening--;
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
    async close() {
      for (const subscription of open) subscription.close();
      await tail.close();
    },
  };

  async function begin(): Promise<Position> {
    await reader.look();
    return reader.end();
  }

  async function resume(cursor: string): Promise<Position> {
    const position = await reader.positionOf(cursor);
    // One that is too old is refused here, and not when its first event is taken.
    await catchUp(() => reader.read(position));
    return position;
  }
}

function tooMany(): AppError {
  return new AppError('rate_limited', `${FEED.subscriptions} subscriptions are open already.`, {
    hint: 'Subscribe again in 5 s.',
    retryAfterS: 5,
  });
}
