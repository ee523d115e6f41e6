import type { Later } from '../../../src/http/event-stream.ts';

/** Time that passes by hand. */
export function byHand(): { readonly later: Later; pass(ms: number): Promise<void> } {
  let now = 0;
  const due = new Set<{ readonly at: number; readonly work: () => void }>();
  return {
    later(work, ms) {
      const entry = { at: now + ms, work };
      due.add(entry);
      return () => due.delete(entry);
    },
    async pass(ms) {
      now += ms;
      for (const entry of [...due].filter(({ at }) => at <= now)) {
        due.delete(entry);
        entry.work();
      }
      // What follows from it is on the socket when everything that is due has run.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
