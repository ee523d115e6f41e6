import { causeText } from '../contract/cause.ts';
import { type AppError, toAppError } from '../contract/errors.ts';
import { FEED } from '../contract/policies.ts';
import type { FeedEvent, Position } from '../ledger/feed.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Log } from '../ports.ts';
import type { FeedReader, FeedStretch } from './reader.ts';
import { createRecent } from './recent.ts';

/** Who is told what the tail reads. It is called between two reads, and must not throw or wait. */
export interface Follower {
  /** The tail goes on from here; what lies before is not told. */
  begins(at: Position): void;
  /** The final events from one position to the next, each once and in order. */
  told(stretch: FeedStretch): void;
  /** Committed events that are not final, in any order and again and again. */
  hinted?(events: readonly FeedEvent[]): void;
}

/** The one reader of new events in this process. It reads only while somebody follows. */
export interface Tail {
  /** How far it has read; undefined while it does not know where it is. */
  position(): Position | undefined;
  /** What it has read behind a position; undefined when that is not known any more: the ledger has it. */
  since(after: Position): Pick<FeedStretch, 'events' | 'to'> | undefined;
  /** @returns a function that ends the following */
  follow(follower: Follower): () => void;
  /** How long a read is overdue; 0 while nobody follows. */
  lagMs(): number;
  close(): Promise<void>;
}

export function createTail(deps: {
  readonly reader: FeedReader;
  readonly notifier: Notifier;
  readonly log: Log;
}): Tail {
  const { reader, notifier, log } = deps;
  const followers = new Set<Follower>();
  const recent = createRecent(FEED.recent);
  let position: Position | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let beganAt = 0;
  let lookedAt = 0;
  let unsubscribe = () => {};
  let failing = false;
  let cameThroughAt = 0;

  const all = (tell: (follower: Follower) => void) => {
    for (const follower of followers) tell(follower);
  };
  const isFollowed = () => followers.size > 0 && !closed;

  async function readOn(): Promise<void> {
    while (isFollowed()) {
      if (position === undefined) {
        const end = await reader.end();
        position = end;
        recent.begin(end);
        all((follower) => follower.begins(end));
      }
      const stretch = await reader.read(position);
      if (!isFollowed()) return;
      position = stretch.to;
      recent.add(stretch.events);
      all((follower) => follower.told(stretch));
      if (stretch.more) continue;
      if (stretch.unsettled && [...followers].some(({ hinted }) => hinted)) {
        const events = await reader.newest(position);
        if (events.length > 0) all((follower) => follower.hinted?.(events));
      }
      return;
    }
  }

  async function round(): Promise<void> {
    try {
      if (failing || position === undefined || performance.now() - lookedAt >= FEED.everyMs) {
        await reader.look();
        lookedAt = performance.now();
      }
      await readOn();
      if (failing) log.info({}, 'feed.recovered');
      failing = false;
      cameThroughAt = performance.now();
    } catch (error) {
      failed(toAppError(error));
    }
    running = undefined;
    if (!isFollowed()) position = undefined;
    else if (again) wake();
    else schedule(FEED.everyMs);
  }

  function failed(error: AppError): void {
    // Its place is not kept any more: everybody learns that some events may be missing.
    if (error.code === 'cursor_expired') {
      position = undefined;
      again = true;
    }
    if (!failing) log.warn({ code: error.code, cause: causeText(error) ?? error.message }, 'feed.behind');
    failing = true;
  }

  function schedule(afterMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(begin, afterMs);
    timer.unref();
  }

  function begin(): void {
    clearTimeout(timer);
    if (!isFollowed() || running !== undefined) return;
    again = false;
    beganAt = performance.now();
    running = round();
  }

  function wake(): void {
    const waitMs = beganAt + FEED.gapMs - performance.now();
    if (running !== undefined) again = true;
    else if (waitMs > 0) schedule(waitMs);
    else begin();
  }

  return {
    position: () => position,
    since(after) {
      const events = recent.since(after);
      return events && position && { events, to: position };
    },
    follow(follower) {
      followers.add(follower);
      if (followers.size === 1) {
        unsubscribe();
        unsubscribe = notifier.subscribe(wake);
        cameThroughAt = performance.now();
        if (running !== undefined) again = true;
        else begin();
      }
      return () => {
        followers.delete(follower);
        if (followers.size > 0) return;
        unsubscribe();
        clearTimeout(timer);
        if (running === undefined) position = undefined;
      };
    },
    lagMs: () => (isFollowed() ? Math.max(0, performance.now() - cameThroughAt - FEED.everyMs) : 0),
    async close() {
      closed = true;
      unsubscribe();
      clearTimeout(timer);
      await running;
    },
  };
}
