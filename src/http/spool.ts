import { createReadStream } from 'node:fs';
import { AppError } from '../contract/errors.ts';

/** A received file, as often as it is asked for; it is open only while it is read. */
export function bytesOfFile(path: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* createReadStream(path);
    },
  };
}

/** What forms may hold on the disk together while they arrive and are worked on. */
export interface SpoolBudget {
  readonly bytes: number;
  readonly forms: number;
}

/** A form on its way. */
export interface SpoolEntry {
  received(bytes: number): void;
  /** It has arrived: from here on it is never refused for the sake of others. */
  arrived(): void;
  leave(): void;
}

export interface Spool {
  /** @param refuse is called when others need the room more */
  enter(refuse: (error: AppError) => void): SpoolEntry;
}

interface Held {
  bytes: number;
  readonly since: number;
  lastAt: number;
  readonly refuse: (error: AppError) => void;
}

/** One that sent something in this time is judged by its rate, any other by its silence. */
const SILENT_MS = 1_000;

/**
 * Bounds what uploads hold. Beyond the budget the one that stalls longest is refused, else the slowest; the last form
 * may always go on, so that a large one passes when it is alone.
 */
export function createSpool(budget: SpoolBudget): Spool {
  const held = new Set<Held>();
  const arriving = new Set<Held>();
  let bytes = 0;

  function makeRoom(): void {
    while ((bytes > budget.bytes || held.size > budget.forms) && arriving.size > 0 && held.size > 1) {
      const victim = slowest([...arriving]);
      if (!victim) return;
      leave(victim);
      victim.refuse(
        new AppError('rate_limited', 'Too many uploads are on their way, and this one was the slowest.', {
          retryAfterS: 10,
          hint: 'Send it again in a few seconds.',
        }),
      );
    }
  }
  function leave(form: Held): void {
    if (!held.delete(form)) return;
    arriving.delete(form);
    bytes -= form.bytes;
  }
  return {
    enter(refuse) {
      const now = performance.now();
      const form: Held = { bytes: 0, since: now, lastAt: now, refuse };
      held.add(form);
      arriving.add(form);
      makeRoom();
      return {
        received(count) {
          if (!held.has(form)) return;
          form.lastAt = performance.now();
          form.bytes += count;
          bytes += count;
          makeRoom();
        },
        arrived: () => void arriving.delete(form),
        leave: () => leave(form),
      };
    },
  };
}

function slowest(forms: readonly Held[]): Held | undefined {
  const now = performance.now();
  const silence = (form: Held) => (now - form.lastAt >= SILENT_MS ? now - form.lastAt : 0);
  const rate = (form: Held) => form.bytes / Math.max(1, now - form.since);
  return [...forms].sort((a, b) => silence(b) - silence(a) || rate(a) - rate(b))[0];
}
