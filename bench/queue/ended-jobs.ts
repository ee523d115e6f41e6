import type { Log } from '../../src/ports.ts';
import { silent } from './queue.ts';

/** Counts what a log line says has ended, so that waiting for the end asks the ledger nothing. */
export function endedJobs(): { log: Log; until(count: number): Promise<void> } {
  let ended = 0;
  let waiting: { count: number; resolve: () => void } | undefined;
  return {
    log: {
      ...silent,
      info(_fields, event) {
        if (event !== 'job.ended') return;
        ended++;
        if (waiting && ended >= waiting.count) waiting.resolve();
      },
    },
    until: (count) => (ended >= count ? Promise.resolve() : new Promise((resolve) => (waiting = { count, resolve }))),
  };
}
