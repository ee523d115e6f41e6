/** Bytes a second, and at once after a silence; for ordinary lines, and again for warnings and errors. */
export interface LogRate {
  readonly bytesPerS: number;
  readonly burstBytes: number;
}

/**
 * With this, what is written between two cuts of a log file (10 s) stays under 2 MB, whatever the callers do.
 */
export const LOG_RATE: LogRate = { bytesPerS: 32 * 1024, burstBytes: 512 * 1024 };

/** Above `info` (30) in pino's numbers. */
const IMPORTANT = 40;

interface Budget {
  bytes: number;
  dropped: number;
}

/** What pino writes to: it sets `lastLevel` before each line when the stream asks for it by the symbol. */
export interface BoundedStream {
  lastLevel: number;
  write(line: string): void;
}

/**
 * Drops lines beyond the rate and counts them; the count is a line of its own as soon as there is room.
 * @param now milliseconds
 * @param onDrop told of each line that is dropped
 */
export function boundedStream(
  target: { write(line: string): unknown },
  { bytesPerS, burstBytes }: LogRate = LOG_RATE,
  now: () => number = Date.now,
  onDrop: () => void = () => {},
): BoundedStream {
  const budgets = {
    ordinary: { bytes: burstBytes, dropped: 0 },
    important: { bytes: burstBytes, dropped: 0 },
  } satisfies Record<string, Budget>;
  let filledAt = now();

  function fill(): void {
    const at = now();
    const more = Math.max(0, ((at - filledAt) * bytesPerS) / 1000);
    filledAt = at;
    for (const budget of Object.values(budgets)) budget.bytes = Math.min(burstBytes, budget.bytes + more);
  }

  return Object.assign(
    {
      lastLevel: 0,
      write(line: string): void {
        fill();
        const budget = this.lastLevel >= IMPORTANT ? budgets.important : budgets.ordinary;
        const bytes = Buffer.byteLength(line);
        if (bytes > budget.bytes) {
          budget.dropped++;
          onDrop();
          return;
        }
        budget.bytes -= bytes;
        if (budget.dropped > 0) {
          target.write(
            `${JSON.stringify({ level: 'warn', time: new Date(now()).toISOString(), dropped: budget.dropped, msg: 'log.lines_dropped' })}\n`,
          );
          budget.dropped = 0;
        }
        target.write(line);
      },
    },
    { [Symbol.for('pino.metadata')]: true },
  );
}
