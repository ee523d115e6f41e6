import { setTimeout as delay } from 'node:timers/promises';
import { isAppError } from '../src/contract/errors.ts';
import { PERSIST } from '../src/contract/policies.ts';
import { causeFields } from '../src/ledger/connection/refusal.ts';
import type { Log } from '../src/ports.ts';

/** How long something is told to the ledger, and who hears that it does not listen. */
export interface Persistence {
  /** In ms since the epoch: the attempt's own end. */
  readonly deadlineAt: number;
  /** The call was aborted, or the worker stops: one last try, then no more. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Ids of the job and its attempt. */
  readonly note: Readonly<Record<string, unknown>>;
}

/**
 * Repeats a write that the database prevents at the moment until the attempt ends: a paid reply and the end of an
 * attempt are worth the wait. What fails for another reason fails a few times only.
 */
export async function persist<T>(write: () => Promise<T>, { deadlineAt, signal, log, note }: Persistence): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await write();
    } catch (error) {
      const isNotNow = isAppError(error) && error.code === 'ledger_unavailable';
      if (tries === 1 || tries % PERSIST.logEvery === 0) {
        log.warn({ ...note, tries, ...causeFields(error) }, 'ledger.write_failed');
      }
      const longest = Math.min(PERSIST.maxDelayMs, PERSIST.firstDelayMs * 2 ** (tries - 1));
      const waitMs = longest * (0.5 + 0.5 * Math.random());
      const isLast = isNotNow ? Date.now() + waitMs >= deadlineAt : tries >= PERSIST.ownTries;
      if (isLast || signal.aborted) throw error;
      await delay(waitMs, undefined, { signal }).catch(() => {});
    }
  }
}
