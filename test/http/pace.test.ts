import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LIMITS, UPLOAD_PACE } from '../../src/contract/policies.ts';
import { watchPace } from '../../src/http/pace.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const KB = 1024;
/** How a line behaves for a time: so many bytes each `everyMs`, or nothing. */
interface Stretch {
  readonly s: number;
  readonly bytesPerS: number;
}

/** Sends a file over a line, whose last stretch goes on until its end. @returns what was wrong, or `accepted` */
function send(fileBytes: number, line: readonly Stretch[], everyMs = 1_000): string {
  const source = new Readable({ read: () => undefined });
  let verdict: string | undefined;
  const stop = watchPace(source, UPLOAD_PACE, (how) => {
    verdict = how;
  });
  let left = fileBytes;
  for (const [index, { s, bytesPerS }] of line.entries()) {
    const endsAt = index === line.length - 1 ? Number.POSITIVE_INFINITY : performance.now() + s * 1_000;
    while (left > 0 && performance.now() < endsAt && verdict === undefined) {
      vi.advanceTimersByTime(everyMs);
      const bytes = Math.min(left, (bytesPerS * everyMs) / 1_000);
      left -= bytes;
      if (bytes > 0) source.emit('data', Buffer.alloc(bytes));
    }
  }
  stop();
  expect(vi.getTimerCount()).toBe(0);
  expect(source.listenerCount('data')).toBe(0);
  return verdict ?? 'accepted';
}

const forEver = Number.POSITIVE_INFINITY;
const TOO_SLOW = 'less than 8 KB a second came';
const SILENT = 'nothing came for 30 s';

describe('an upload over a slow line', () => {
  it.each<[string, number, Stretch[]]>([
    ['20 MB at 20 KB/s', LIMITS.uploadBytes, [{ s: forEver, bytesPerS: 20 * KB }]],
    ['5 MB at the least rate, and a little', 5 * KB * KB, [{ s: forEver, bytesPerS: UPLOAD_PACE.bytesPerS + 100 }]],
    ['a small file below the least rate, within the first minute', 50 * KB, [{ s: forEver, bytesPerS: KB }]],
    [
      'a pause that is a little shorter than the limit',
      2 * KB * KB,
      [
        { s: 10, bytesPerS: 100 * KB },
        { s: 28, bytesPerS: 0 },
        { s: forEver, bytesPerS: 20 * KB },
      ],
    ],
    [
      'a slow beginning that is caught up before the first minute is over',
      4 * KB * KB,
      [
        { s: 50, bytesPerS: KB },
        { s: forEver, bytesPerS: 100 * KB },
      ],
    ],
    [
      'many pauses, as long as the average is enough',
      8 * KB * KB,
      Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? { s: 5, bytesPerS: 100 * KB } : { s: 20, bytesPerS: 0 })),
    ],
  ])('is accepted: %s', (_line, bytes, line) => {
    for (const everyMs of [100, 500, 1_000]) expect(send(bytes, line, everyMs)).toBe('accepted');
  });

  it.each<[string, number, Stretch[], string]>([
    ['below the least rate', LIMITS.uploadBytes, [{ s: forEver, bytesPerS: UPLOAD_PACE.bytesPerS - 100 }], TOO_SLOW],
    ['a byte a second', LIMITS.uploadBytes, [{ s: forEver, bytesPerS: 1 }], TOO_SLOW],
    [
      'a fast beginning that falls below the average',
      LIMITS.uploadBytes,
      [
        { s: 10, bytesPerS: 100 * KB },
        { s: forEver, bytesPerS: 10 },
      ],
      TOO_SLOW,
    ],
    ['nothing at all', LIMITS.uploadBytes, [{ s: forEver, bytesPerS: 0 }], SILENT],
    [
      'silence in the middle',
      LIMITS.uploadBytes,
      [
        { s: 10, bytesPerS: 100 * KB },
        { s: forEver, bytesPerS: 0 },
      ],
      SILENT,
    ],
  ])('is refused: %s', (_line, bytes, line, how) => {
    for (const everyMs of [1_000, 5_000]) expect(send(bytes, line, everyMs)).toBe(how);
  });

  it('is refused at the latest after twenty minutes, whatever its rate', () => {
    expect(send(Number.MAX_SAFE_INTEGER, [{ s: forEver, bytesPerS: 100 * KB }], 5_000)).toBe(
      'it did not arrive within 1200 s',
    );
  });

  it('is refused once only', () => {
    const source = new Readable({ read: () => undefined });
    const onSlow = vi.fn();
    watchPace(source, UPLOAD_PACE, onSlow);
    vi.advanceTimersByTime(10 * UPLOAD_PACE.totalMs);
    source.emit('data', Buffer.alloc(1));
    expect(onSlow).toHaveBeenCalledTimes(1);
  });
});
