import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../src/contract/errors.ts';
import type { CallContext } from '../src/contract/principal.ts';

export interface StartingDeps {
  /** Where a queue answers now; undefined when none is known to run. Cheap: asked before every call. */
  readonly locate: () => string | undefined;
  /** Starts a queue and returns at once; undefined: never start one. Harmless while one starts already. */
  readonly start: (() => StartedQueue) | undefined;
  /** How long one call waits for a queue that starts. */
  readonly startLimitMs: {
    readonly withProgress: number;
    /** Nothing tells the host that the call is alive, so it is answered soon, with "call again". */
    readonly silent: number;
  };
  /** What to tell a model when there is no queue: the command that starts one, the log of one that does not start. */
  readonly hints: { readonly toStart: string; readonly startLog: string };
}

export interface StartedQueue {
  /** false: it was under way already. */
  readonly isNew: boolean;
  /** It ended before it was ready, and not because another one has its place. */
  readonly hasFailed: () => boolean;
}

const LOOK_EVERY_MS = 200;
const RETRY_AFTER_S = 5;

/**
 * Starts a queue and waits for its address.
 * @throws AppError `queue_unreachable` when none may be started, or it takes longer than a call may; `part_failed` when
 *   it does not start
 */
export async function startedQueue(deps: StartingDeps, { signal, tell, startsNothing }: CallContext): Promise<string> {
  const { locate, start, startLimitMs, hints } = deps;
  if (!start || startsNothing) {
    const why = start ? 'this request starts none' : 'this relay may not start one';
    throw new AppError('queue_unreachable', `No queue runs here, and ${why}.`, {
      hint: `Ask the person to run: ${hints.toStart}. Then call again.`,
    });
  }
  tell?.('The queue is starting.');
  const giveUpAt = Date.now() + (tell ? startLimitMs.withProgress : startLimitMs.silent);
  let starting = start();
  do {
    await delay(LOOK_EVERY_MS, undefined, signal ? { signal } : {}).catch(() => undefined);
    if (signal?.aborted) throw new AppError('queue_unreachable', 'The call ended before the queue was ready.');
    const url = locate();
    if (url !== undefined) return url;
    if (starting.hasFailed()) {
      // What was under way was the queue that has just died, and the system had not said so yet.
      if (!starting.isNew) {
        starting = start();
        continue;
      }
      throw new AppError('part_failed', 'The queue did not start.', {
        hint: `The reason stands in ${hints.startLog}. Mend it and call again.`,
      });
    }
  } while (Date.now() < giveUpAt);
  throw new AppError('queue_unreachable', 'The queue is starting.', {
    retryAfterS: RETRY_AFTER_S,
    hint: `Call again in ${RETRY_AFTER_S} s. If it never gets ready, the reason stands in ${hints.startLog}.`,
  });
}
