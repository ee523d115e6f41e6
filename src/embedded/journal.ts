import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { DataDir } from './data-dir.ts';
import { cutLog } from './log-file.ts';
import { roles } from './owner-file.ts';

export interface Journal {
  /** One JSON line in `logs/up.log`. */
  note(entry: { readonly event: string; readonly [field: string]: unknown }): void;
  /** Tells people that the folder could not be written to; the queue goes on. */
  complain(error: unknown): void;
  close(): void;
}

const cutEveryMs = 10_000;

/** `up`'s own log, and the size of all logs of the folder. */
export function createJournal(dir: DataDir, say: (line: string) => void): Journal {
  const fileOf = (name: string) => path.join(dir.logs, `${name}.log`);
  // The children write in append mode: they go on where their file was cut.
  const cutting = setInterval(() => {
    for (const name of ['up', ...roles]) cutLog(fileOf(name));
  }, cutEveryMs);
  cutting.unref();

  const complain = (error: unknown) =>
    say(`${dir.root} cannot be written to: ${error instanceof Error ? error.message : String(error)}`);
  return {
    note(entry) {
      try {
        const line = JSON.stringify({ time: new Date().toISOString(), ...entry });
        appendFileSync(fileOf('up'), `${line}\n`, { mode: 0o600 });
      } catch (error) {
        complain(error);
      }
    },
    complain,
    close: () => clearInterval(cutting),
  };
}
