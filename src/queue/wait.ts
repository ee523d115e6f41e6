import { AppError } from '../contract/errors.ts';
import { isTerminal, type Status } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import { atMost } from '../feed/at-most.ts';
import type { Feed } from '../feed/create-feed.ts';
import type { FeedEvent } from '../ledger/feed.ts';

/** An end that no event has told costs at most this. */
const CHECK_EVERY_MS = 2_000;
/** An ending wait answers with what it saw last when the database does not answer in this time. */
const LAST_READ_MS = 1_000;
/** Reads at once, so that news for everybody leaves connections to the others. */
const MAX_READS = 4;

/** The state of an end has no phase. */
export const isEnd = ({ state }: FeedEvent): boolean => state !== null && isTerminal(state as Status);

/** Something that is waited for: a job, some jobs, a batch. */
export interface Watched<T> {
  /** Those who wait for the same thing share each read of it. */
  readonly key: string;
  read(): Promise<T>;
  /** Is an event worth another read, after what was read last? */
  isNews(event: FeedEvent, last: T): boolean;
  /** The jobs whose ends are looked for besides, in case that no event tells of one. */
  open(last: T): Iterable<number>;
}

interface Waiting {
  saw(found: unknown): void;
  failed(error: unknown): void;
}

interface Watching {
  readonly watched: Watched<unknown>;
  readonly waiting: Set<Waiting>;
  /** What was read last tells which events are news. */
  last: { readonly found: unknown } | undefined;
  state: 'idle' | 'in_line' | 'reading';
  readAgain: boolean;
}

/**
 * Waits for whatever is watched. All of them listen to the feed as one; each thing is read when somebody comes for it,
 * when news of it is told, and when they go. All who wait for the same share each read of it, however many they are.
 */
export interface Watch {
  /**
   * Resolves with what was read when `done`, when the time is over, or when `signal` fires: as it is then.
   * @throws AppError rate_limited when too many calls wait already; whatever the first read throws
   */
  wait<T>(
    watched: Watched<T>,
    done: (found: T) => boolean,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<T>;
}

export function createWatch(deps: {
  readonly feed: Pick<Feed, 'listen'>;
  /** Which of these jobs have ended: one read for all. */
  readonly ended: (jobNos: readonly number[]) => Promise<readonly number[]>;
  readonly maxWaiting?: number;
}): Watch {
  const { feed, ended, maxWaiting = LIMITS.waitingCalls } = deps;
  const watches = new Map<string, Watching>();
  const inTurn = atMost(MAX_READS);
  let waitingCalls = 0;
  let unlisten: (() => void) | undefined;
  /** What is committed from now on is told. */
  let isTold = false;
  let timer: NodeJS.Timeout | undefined;

  function listen(): void {
    unlisten ??= feed.listen({
      seen(events) {
        for (const watch of watches.values()) if (hasNews(watch, events)) look(watch);
      },
      mayHaveMissed() {
        isTold = true;
        for (const watch of watches.values()) look(watch);
      },
    });
    if (timer === undefined) scheduleCheck();
  }

  function hasNews({ watched, last, state }: Watching, events: readonly FeedEvent[]): boolean {
    // Of a first read that is under way nobody knows yet what it will bring.
    return last ? events.some((event) => watched.isNews(event, last.found)) : state === 'reading' && events.some(isEnd);
  }

  const openOf = ({ watched, last }: Watching) => (last ? [...watched.open(last.found)] : []);

  /** The feed may be late: it waits for every transaction that is open in the database. */
  function scheduleCheck(): void {
    const mine = setTimeout(async () => {
      const jobNos = [...watches.values()].flatMap(openOf);
      // A database that is away is asked again the next time.
      const ends = new Set(jobNos.length === 0 ? [] : await ended(jobNos).catch(() => []));
      if (timer !== mine) return;
      for (const watch of watches.values()) if (openOf(watch).some((jobNo) => ends.has(jobNo))) look(watch);
      scheduleCheck();
    }, CHECK_EVERY_MS);
    timer = mine;
  }

  function look(watch: Watching): void {
    // What changed after a read began may be missing in it: one more follows.
    watch.readAgain = watch.state === 'reading';
    if (watch.state !== 'idle') return;
    watch.state = 'in_line';
    let wasTold = false;
    void inTurn(async () => {
      watch.state = 'reading';
      wasTold = isTold;
      const present = [...watch.waiting];
      if (present.length === 0) return;
      try {
        const found = await watch.watched.read();
        watch.last = { found };
        for (const waiting of present) waiting.saw(found);
      } catch (error) {
        for (const waiting of present) waiting.failed(error);
      }
    }).then(() => {
      watch.state = 'idle';
      if (watch.waiting.size === 0) return;
      if (watch.readAgain || (isTold && !wasTold)) look(watch);
      else listen();
    });
  }

  function watchOf(watched: Watched<unknown>): Watching {
    const known = watches.get(watched.key);
    if (known) return known;
    const watch: Watching = { watched, waiting: new Set(), last: undefined, state: 'idle', readAgain: false };
    watches.set(watched.key, watch);
    return watch;
  }

  function leave(watch: Watching, waiting: Waiting): void {
    watch.waiting.delete(waiting);
    waitingCalls--;
    if (watch.waiting.size > 0) return;
    watches.delete(watch.watched.key);
    if (watches.size > 0) return;
    unlisten?.();
    unlisten = undefined;
    isTold = false;
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    wait<T>(watched: Watched<T>, done: (found: T) => boolean, waitMs: number, signal: AbortSignal | undefined) {
      if (waitingCalls >= maxWaiting) return Promise.reject(tooManyWait(maxWaiting));
      waitingCalls++;
      // What is read for a key is what those who wait under it have named; only the type system cannot follow.
      const watch = watchOf(watched as Watched<unknown>);
      return new Promise<T>((resolve, reject) => {
        let last: { readonly found: T } | undefined;
        let ending = signal?.aborted ?? false;
        let timer = setTimeout(end, waitMs);
        const waiting: Waiting = {
          saw(read) {
            const found = read as T;
            last = { found };
            if (ending || done(found)) settle(() => resolve(found));
          },
          failed(error) {
            // A database that is away for a moment ends no wait; its caller would only ask again.
            if (ending || last === undefined) settle(() => reject(error));
          },
        };
        function end(): void {
          ending = true;
          look(watch);
          clearTimeout(timer);
          timer = setTimeout(() => {
            const seen = last;
            if (seen) settle(() => resolve(seen.found));
          }, LAST_READ_MS);
        }
        function settle(answer: () => void): void {
          if (!watch.waiting.has(waiting)) return;
          clearTimeout(timer);
          signal?.removeEventListener('abort', end);
          leave(watch, waiting);
          answer();
        }
        signal?.addEventListener('abort', end);
        watch.waiting.add(waiting);
        look(watch);
      });
    },
  };
}

function tooManyWait(maxWaiting: number): AppError {
  return new AppError('rate_limited', `${maxWaiting} calls wait for jobs already.`, {
    hint: 'Ask again in 2 s, or without wait_seconds.',
    retryAfterS: 2,
  });
}
