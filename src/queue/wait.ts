import { AppError } from '../contract/errors.ts';
import { type AskedJob, isTerminal, type Status } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import { atMost } from '../feed/at-most.ts';
import type { Feed } from '../feed/create-feed.ts';
import type { FeedEvent } from '../ledger/feed.ts';
import type { OneJobRow } from '../ledger/jobs.ts';

/** An end that no event has told costs at most this. */
const CHECK_EVERY_MS = 2_000;
/** An ending wait answers with what it saw last when the database does not answer in this time. */
const LAST_READ_MS = 1_000;
/** Reads at once, so that news for everybody leaves connections to the others. */
const MAX_READS = 4;

/** The state of an end has no phase. */
const isEnd = ({ state }: FeedEvent): boolean => state !== null && isTerminal(state as Status);

export interface WatchedJob extends AskedJob {
  readonly tenant: string;
}

interface Waiting {
  saw(row: OneJobRow | undefined): void;
  failed(error: unknown): void;
}

interface Watch {
  readonly key: string;
  readonly job: WatchedJob;
  readonly waiting: Set<Waiting>;
  /** Of the generation that was read last: its events tell when to read again. */
  jobNo: number | undefined;
  state: 'idle' | 'in_line' | 'reading';
  readAgain: boolean;
}

/**
 * Waits for jobs. All of them listen to the feed as one; a job is read when they come, when its end is told, and when
 * they go. All who wait for one job share each read of it, however many they are.
 */
export interface JobWatch {
  /**
   * Resolves with the job's row when `done`, when the time is over, or when `signal` fires: its state of then.
   * @throws AppError rate_limited when too many calls wait already; whatever the first read throws
   */
  wait(
    job: WatchedJob,
    done: (row: OneJobRow | undefined) => boolean,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<OneJobRow | undefined>;
}

export function createJobWatch(deps: {
  readonly feed: Pick<Feed, 'listen'>;
  readonly read: (job: WatchedJob) => Promise<OneJobRow | undefined>;
  /** Which of these jobs have ended: one read for all. */
  readonly ended: (jobNos: readonly number[]) => Promise<readonly number[]>;
  readonly maxWaiting?: number;
}): JobWatch {
  const { feed, read, ended, maxWaiting = LIMITS.waitingCalls } = deps;
  const watches = new Map<string, Watch>();
  const inTurn = atMost(MAX_READS);
  let waitingCalls = 0;
  let unlisten: (() => void) | undefined;
  /** What is committed from now on is told. */
  let isTold = false;
  let timer: NodeJS.Timeout | undefined;

  function listen(): void {
    unlisten ??= feed.listen({
      seen(events) {
        const ends = new Set(events.filter(isEnd).flatMap(({ jobNo }) => jobNo ?? []));
        if (ends.size > 0) lookAtEnded(ends);
      },
      mayHaveMissed() {
        isTold = true;
        for (const watch of watches.values()) look(watch);
      },
    });
    if (timer === undefined) scheduleCheck();
  }

  function lookAtEnded(ends: ReadonlySet<number>): void {
    for (const watch of watches.values()) {
      // Of a first read that is under way nobody knows yet which job it will bring.
      if (watch.jobNo === undefined ? watch.state === 'reading' : ends.has(watch.jobNo)) look(watch);
    }
  }

  /** The feed may be late: it waits for every transaction that is open in the database. */
  function scheduleCheck(): void {
    const mine = setTimeout(async () => {
      const jobNos = [...watches.values()].flatMap(({ jobNo }) => jobNo ?? []);
      // A database that is away is asked again the next time.
      const ends = await ended(jobNos).catch(() => []);
      if (timer !== mine) return;
      lookAtEnded(new Set(ends));
      scheduleCheck();
    }, CHECK_EVERY_MS);
    timer = mine;
  }

  function look(watch: Watch): void {
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
        const row = await read(watch.job);
        watch.jobNo = row?.job_no;
        for (const waiting of present) waiting.saw(row);
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

  function watchOf(job: WatchedJob): Watch {
    const key = JSON.stringify([job.tenant, job.kind, job.subject, job.generation]);
    const known = watches.get(key);
    if (known) return known;
    const watch: Watch = { key, job, waiting: new Set(), jobNo: undefined, state: 'idle', readAgain: false };
    watches.set(key, watch);
    return watch;
  }

  function leave(watch: Watch, waiting: Waiting): void {
    watch.waiting.delete(waiting);
    waitingCalls--;
    if (watch.waiting.size > 0) return;
    watches.delete(watch.key);
    if (watches.size > 0) return;
    unlisten?.();
    unlisten = undefined;
    isTold = false;
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    wait(job, done, waitMs, signal) {
      if (waitingCalls >= maxWaiting) return Promise.reject(tooManyWait(maxWaiting));
      waitingCalls++;
      const watch = watchOf(job);
      return new Promise((resolve, reject) => {
        let last: { readonly row: OneJobRow | undefined } | undefined;
        let ending = signal?.aborted ?? false;
        let timer = setTimeout(end, waitMs);
        const waiting: Waiting = {
          saw(row) {
            last = { row };
            if (ending || done(row)) settle(() => resolve(row));
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
            if (last) settle(() => resolve(last?.row));
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
