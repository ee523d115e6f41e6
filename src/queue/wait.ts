import { AppError } from '../contract/errors.ts';
import type { AskedJob } from '../contract/job.ts';
import { LIMITS } from '../contract/policies.ts';
import type { JobRow } from '../ledger/job-row.ts';
import type { Notifier } from '../ledger/notify.ts';
import { atMost } from './at-most.ts';

/** A lost notification costs at most this. */
const LOOK_AGAIN_MS = 2_000;
/** An ending wait answers with what it saw last when the database does not answer in this time. */
const LAST_LOOK_MS = 1_000;
/** Reads at once, so that a notification that wakes everybody leaves connections to the others. */
const MAX_LOOKS = 4;

export interface WatchedJob extends AskedJob {
  readonly tenant: string;
}

interface Waiting {
  saw(row: JobRow | undefined): void;
  failed(error: unknown): void;
}

interface Watch {
  readonly key: string;
  readonly job: WatchedJob;
  readonly waiting: Set<Waiting>;
  looking: boolean;
  lookAgain: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** Waits for jobs. All who wait for one job share one read of it, however many they are. */
export interface JobWatch {
  /**
   * Resolves with the job's row when `done`, when the time is over, or when `signal` fires: its state of then.
   * @throws AppError rate_limited when too many calls wait already; whatever the first read throws
   */
  wait(
    job: WatchedJob,
    done: (row: JobRow | undefined) => boolean,
    waitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<JobRow | undefined>;
}

export function createJobWatch(deps: {
  readonly notifier: Notifier;
  readonly read: (job: WatchedJob) => Promise<JobRow | undefined>;
  readonly maxWaiting?: number;
}): JobWatch {
  const { notifier, read, maxWaiting = LIMITS.waitingCalls } = deps;
  const watches = new Map<string, Watch>();
  const inTurn = atMost(MAX_LOOKS);
  let waitingCalls = 0;
  let subscribed = false;

  function subscribe(): void {
    if (subscribed) return;
    subscribed = true;
    notifier.subscribe(({ receipts }) => {
      for (const watch of watches.values()) {
        if (receipts === null || receipts.has(watch.job.subject)) look(watch);
      }
    });
  }

  function look(watch: Watch): void {
    // What changed after a read began may be missing in it: one more follows.
    watch.lookAgain = watch.looking;
    if (watch.looking) return;
    watch.looking = true;
    clearTimeout(watch.timer);
    const present = [...watch.waiting];
    void inTurn(() => read(watch.job))
      .then(
        (row) => {
          for (const waiting of present) waiting.saw(row);
        },
        (error: unknown) => {
          for (const waiting of present) waiting.failed(error);
        },
      )
      .then(() => {
        watch.looking = false;
        if (watch.lookAgain && watch.waiting.size > 0) look(watch);
        else if (watch.waiting.size > 0) watch.timer = setTimeout(() => look(watch), LOOK_AGAIN_MS);
      });
  }

  function watchOf(job: WatchedJob): Watch {
    const key = JSON.stringify([job.tenant, job.kind, job.subject, job.generation]);
    const known = watches.get(key);
    if (known) return known;
    const watch: Watch = { key, job, waiting: new Set(), looking: false, lookAgain: false, timer: undefined };
    watches.set(key, watch);
    return watch;
  }

  function leave(watch: Watch, waiting: Waiting): void {
    watch.waiting.delete(waiting);
    waitingCalls--;
    if (watch.waiting.size > 0) return;
    clearTimeout(watch.timer);
    watches.delete(watch.key);
  }

  return {
    wait(job, done, waitMs, signal) {
      if (waitingCalls >= maxWaiting) return Promise.reject(tooManyWait(maxWaiting));
      waitingCalls++;
      subscribe();
      const watch = watchOf(job);
      return new Promise((resolve, reject) => {
        let last: { readonly row: JobRow | undefined } | undefined;
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
          }, LAST_LOOK_MS);
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
