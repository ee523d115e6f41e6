import { toAppError } from '../contract/errors.ts';
import { FEED } from '../contract/policies.ts';
import { comparePositions, type FeedEvent, type Position } from '../ledger/feed.ts';
import type { FeedReader } from './reader.ts';
import type { Tail } from './tail.ts';

/** Whose events, and of what: all that is named must be so. */
export interface FeedFilter {
  readonly tenant: string;
  readonly userId?: number;
  readonly batchId?: string;
  readonly jobNo?: number;
}

export interface FeedItem {
  readonly event: FeedEvent;
  /** Behind this event. */
  readonly cursor: string;
}

/**
 * Events in order, each once. It ends when it is closed; it throws cursor_expired when its reader was so slow that what
 * comes next is not kept any more, and what a read throws: whoever comes back with the cursor goes on where it ended.
 */
export interface Subscription extends AsyncIterable<FeedItem> {
  /** Behind the last event that was taken; where none is waiting, behind all that was looked at. */
  cursor(): string;
  close(): void;
}

/**
 * While its reader keeps up, a subscription is told by the tail and waits in memory for what is new. One whose buffer is
 * full is let go and reads pages from the ledger in its own time, until it has caught up.
 */
export function createSubscription(
  deps: { readonly tail: Tail; readonly reader: FeedReader; catchUp<T>(work: () => Promise<T>): Promise<T> },
  options: { readonly after: Position; readonly filter: FeedFilter; readonly onClose: () => void },
): Subscription {
  const { tail, reader, catchUp } = deps;
  const { filter } = options;
  let buffer: FeedEvent[] = [];
  /** Everything up to here was taken, is in the buffer, or is none of its events. */
  let reached = options.after;
  let taken = options.after;
  let live = false;
  let closed = false;
  let wake = () => {};

  const add = (events: readonly FeedEvent[], to: Position) => {
    if (buffer.length === 0) taken = reached;
    for (const event of events) {
      if (matches(event, filter) && comparePositions(event.position, reached) > 0) buffer.push(event);
    }
    if (comparePositions(to, reached) > 0) reached = to;
  };

  const unfollow = tail.follow({
    begins(at) {
      if (live) live = comparePositions(at, reached) <= 0;
      wake();
    },
    told({ events, to }) {
      if (!live) return wake();
      add(events, to);
      if (buffer.length > FEED.buffered) {
        buffer = [];
        reached = taken;
        live = false;
      }
      wake();
    },
  });

  function close(): void {
    if (closed) return;
    closed = true;
    buffer = [];
    unfollow();
    options.onClose();
    wake();
  }

  const woken = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });

  /** A database that is away is waited for: the tail wakes everybody when it can read again. */
  async function readOn(): Promise<void> {
    const stretch = await catchUp(() => reader.read(reached)).catch((error: unknown) => {
      if (toAppError(error).code === 'ledger_unavailable') return undefined;
      throw error;
    });
    if (closed) return;
    if (stretch) add(stretch.events, stretch.to);
    if (stretch?.more) return;
    const end = tail.position();
    live = stretch !== undefined && end !== undefined && comparePositions(end, reached) <= 0;
    const isBlind = stretch === undefined || end === undefined;
    if (isBlind && buffer.length === 0) await woken();
  }

  async function* items(): AsyncGenerator<FeedItem> {
    try {
      while (!closed) {
        const event = buffer.shift();
        if (event) {
          taken = event.position;
          yield { event, cursor: reader.cursorOf(event.position) };
        } else if (live) {
          await woken();
        } else {
          await readOn();
        }
      }
    } finally {
      close();
    }
  }

  return {
    [Symbol.asyncIterator]: items,
    cursor: () => reader.cursorOf(buffer.length === 0 ? reached : taken),
    close,
  };
}

function matches(event: FeedEvent, { tenant, userId, batchId, jobNo }: FeedFilter): boolean {
  return (
    event.tenant === tenant &&
    (userId === undefined || event.userId === userId) &&
    (batchId === undefined || event.batchId === batchId) &&
    (jobNo === undefined || event.jobNo === jobNo)
  );
}
