import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { boundedStream, LOG_RATE } from '../../src/telemetry/bounded-stream.ts';

/** A log over a clock of the test's own, as the product makes it. */
function bench(rate = { bytesPerS: 1_000, burstBytes: 5_000 }) {
  let now = 0;
  const written: string[] = [];
  const target = { write: (line: string) => void written.push(line) };
  const log = pino(
    { base: null },
    boundedStream(target, rate, () => now),
  );
  const pass = (ms: number) => {
    now += ms;
  };
  return { log, written, bytes: () => Buffer.byteLength(written.join('')), pass };
}

describe('[I11] a log', () => {
  it('keeps every line of an ordinary day', () => {
    const { log, written, pass } = bench();
    for (let line = 0; line < 1_000; line++) {
      log.info({ line }, 'http.request');
      pass(100);
    }
    expect(written).toHaveLength(1_000);
  });

  it('stays within its rate whatever is written at whichever times, and says how much is missing', () => {
    const entry = fc.tuple(fc.constantFrom('info', 'warn', 'error'), fc.nat(3_000), fc.nat(50));
    fc.assert(
      fc.property(fc.array(entry, { minLength: 50, maxLength: 200 }), (entries) => {
        const { log, written, bytes, pass } = bench();
        let ms = 0;
        for (const [level, length, pause] of entries) {
          log[level as 'info']({ x: 'x'.repeat(length) }, 'event');
          ms += pause;
          pass(pause);
        }
        pass(60_000);
        log.info('last of the ordinary');
        log.error('last of the important');
        const notes = written.filter((line) => line.includes('log.lines_dropped'));
        expect(bytes()).toBeLessThanOrEqual(2 * (5_000 + ms + 1_000) + notes.length * 200);
        const dropped = notes.reduce((sum, line) => sum + (JSON.parse(line) as { dropped: number }).dropped, 0);
        expect(written.length - notes.length + dropped).toBe(entries.length + 2);
      }),
    );
  });

  it('keeps room for errors while requests flood it', () => {
    const { log, written } = bench();
    for (let line = 0; line < 10_000; line++) log.info({ line }, 'http.request');
    log.error('the one that matters');
    expect(written.at(-1)).toContain('the one that matters');
  });

  it('grows between two cuts of its file by less than what keeps it under 20 MB with its past', () => {
    const cutEveryS = 10;
    const perCut = 2 * (LOG_RATE.burstBytes + cutEveryS * LOG_RATE.bytesPerS);
    expect(2 * (8 * 1024 * 1024 + perCut)).toBeLessThan(20 * 1024 * 1024);
  });
});
