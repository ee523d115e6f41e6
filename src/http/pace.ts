import type { Readable } from 'node:stream';

/** How slowly bytes may come: by their rate and by silence, not by a clock that a large file on a slow line loses to. */
export interface Pace {
  /** Nothing for so long is too slow. */
  readonly silentMs: number;
  /** After this time the average must have reached `bytesPerS`. */
  readonly graceMs: number;
  readonly bytesPerS: number;
  /** Longer takes nobody. */
  readonly totalMs: number;
}

/**
 * Watches a stream that somebody reads.
 * @param onSlow called once, with what is wrong, in words
 * @returns ends the watch
 */
export function watchPace(source: Readable, pace: Pace, onSlow: (how: string) => void): () => void {
  const startedAt = performance.now();
  let bytes = 0;
  const silent = setTimeout(() => slow(`nothing came for ${pace.silentMs / 1000} s`), pace.silentMs);
  const total = setTimeout(() => slow(`it did not arrive within ${pace.totalMs / 1000} s`), pace.totalMs);
  source.on('data', count);

  function count(chunk: Uint8Array): void {
    silent.refresh();
    bytes += chunk.length;
    const ms = performance.now() - startedAt;
    if (ms > pace.graceMs && bytes * 1000 < pace.bytesPerS * ms) {
      slow(`less than ${pace.bytesPerS / 1024} KB a second came`);
    }
  }
  function slow(how: string): void {
    stop();
    onSlow(how);
  }
  function stop(): void {
    clearTimeout(silent);
    clearTimeout(total);
    source.off('data', count);
  }
  return stop;
}
