import { LostCall } from '../contract/lost-call.ts';
import { withSignals } from '../contract/signals.ts';
import type { Agent } from '../ports.ts';

/** Watches an agent that was away for the calls that it had before: it answers them, or it has forgotten them. */
export interface LostCalls {
  /** The agent, whose calls are known here. */
  readonly agent: Agent;
  /**
   * What a health check found.
   * @param agent `isTold`: it is told as away; `isWell`: this check was answered
   * @returns whether calls of before are still in doubt, so that the next check should be soon
   */
  looked(agent: { readonly isWell: boolean; readonly isTold: boolean }): boolean;
}

/**
 * An agent that was told as away and answers its health check again may have forgotten its calls, and nothing else would
 * end them before their time limit. Once it has been well for `settleMs` and answered none of them, the oldest is cut,
 * and one more after each further `settleMs`. A slow agent is never cut: it was not away, or it answers one of them.
 */
export function createLostCalls(
  agent: Agent,
  { settleMs, now, onAnswer }: { settleMs: number; now: () => number; onAnswer: () => void },
): LostCalls {
  /** In the order in which they began. */
  const calls = new Set<{ readonly startedAt: number; readonly cut: AbortController }>();
  let wasTold = false;
  /** Calls that began before it came back are in doubt; undefined: none is. */
  let doubtedBefore: number | undefined;
  /** Since when each check was answered, or a call was cut. */
  let wellSince: number | undefined;

  function oldestInDoubt() {
    const [oldest] = calls;
    return oldest && doubtedBefore !== undefined && oldest.startedAt < doubtedBefore ? oldest : undefined;
  }

  return {
    agent: {
      async extract(request, options) {
        const call = { startedAt: now(), cut: new AbortController() };
        calls.add(call);
        try {
          const reply = await withSignals([options.signal, call.cut.signal], (signal) =>
            agent.extract(request, { ...options, signal }),
          );
          if (doubtedBefore !== undefined && call.startedAt < doubtedBefore) doubtedBefore = undefined;
          onAnswer();
          return reply;
        } catch (error) {
          throw call.cut.signal.aborted ? new LostCall() : error;
        } finally {
          calls.delete(call);
        }
      },
    },
    looked({ isWell, isTold }) {
      if (isTold || wasTold) doubtedBefore = now();
      wasTold = isTold;
      if (!isWell) wellSince = undefined;
      const oldest = oldestInDoubt();
      if (!isWell || !oldest) return oldest !== undefined;
      wellSince ??= now();
      if (now() - wellSince >= settleMs) {
        wellSince = now();
        oldest.cut.abort();
      }
      return true;
    },
  };
}
