import { GATE, LATER } from '../contract/policies.ts';
import type { Round } from './rounds.ts';

/**
 * A round that carries out what is due at a time comes back when the next is, and not a whole tick late.
 * @param run returns in how many milliseconds that is; undefined: nothing waits for a time
 */
export function untilDue(name: string, run: () => Promise<number | undefined>): Round {
  let pauseMs: number = GATE.tickMs;
  return {
    name,
    everyMs: () => pauseMs,
    async run() {
      // Where it fails, it is not tried again at once.
      pauseMs = GATE.tickMs;
      const nextMs = (await run()) ?? GATE.tickMs;
      pauseMs = Math.max(LATER.soonMs, Math.min(GATE.tickMs, nextMs));
    },
  };
}
