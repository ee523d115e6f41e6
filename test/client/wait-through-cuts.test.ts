import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitThroughCuts } from '../../src/client/wait-through-cuts.ts';
import { AppError } from '../../src/contract/errors.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const cut = () => new AppError('queue_unreachable', 'Lost.', { cause: new Error('ECONNRESET') });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A queue whose job ends at a moment, and that is away in between, as its waits see it. */
function queueWith(spec: { endsAtMs: number; awayFromMs?: number; awayForMs?: number }) {
  const { endsAtMs, awayFromMs = Number.POSITIVE_INFINITY, awayForMs = 0 } = spec;
  const beganAt = Date.now();
  const nowMs = () => Date.now() - beganAt;
  const isAway = () => nowMs() >= awayFromMs && nowMs() < awayFromMs + awayForMs;
  const asks: number[] = [];
  const ask = async (seconds: number): Promise<string> => {
    asks.push(seconds);
    if (isAway()) throw cut();
    const untilMs = Math.min(nowMs() + seconds * 1_000, Math.max(nowMs(), endsAtMs));
    while (nowMs() < untilMs) {
      await sleep(100);
      if (isAway()) throw cut();
    }
    return nowMs() >= endsAtMs ? 'ended' : 'live';
  };
  return { ask, asks, nowMs };
}

async function run<T>(waiting: Promise<T>): Promise<T | { error: unknown }> {
  const settled = waiting.catch((error: unknown) => ({ error }));
  await vi.advanceTimersByTimeAsync(200_000);
  return settled;
}

describe('a wait', () => {
  const moments = [0, 1_000, 5_000, 10_000, 19_000, 25_000, 39_000];
  it.each(moments)(
    'survives a restart of 6 s that begins after %i ms, and ends when the job does',
    async (awayFromMs) => {
      const endsAtMs = 40_000;
      const { ask, asks, nowMs } = queueWith({ endsAtMs, awayFromMs, awayForMs: 6_000 });
      let endedAt = 0;
      const waiting = waitThroughCuts(ask, { seconds: 60, askSeconds: 20, isOver: (answer) => answer === 'ended' });
      void waiting.then(() => {
        endedAt = nowMs();
      });
      expect(await run(waiting)).toBe('ended');
      expect(endedAt).toBeLessThan(Math.max(endsAtMs, awayFromMs + 6_000) + 3_000);
      expect(Math.max(...asks)).toBeLessThanOrEqual(20);
      expect(asks.length).toBeLessThan(20);
    },
  );

  it.each([0, 3, 20, 45])('of %i s asks no longer than that in all', async (seconds) => {
    const { ask, asks, nowMs } = queueWith({ endsAtMs: Number.POSITIVE_INFINITY });
    let endedAt = 0;
    const waiting = waitThroughCuts(ask, { seconds, askSeconds: 20, isOver: () => false });
    void waiting.then(() => {
      endedAt = nowMs();
    });
    expect(await run(waiting)).toBe('live');
    expect(endedAt).toBe(seconds * 1_000);
    expect(asks.reduce((sum, one) => sum + one, 0)).toBe(seconds);
  });

  it('fails with the last error when the queue stays away, in its time', async () => {
    const { ask, nowMs } = queueWith({ endsAtMs: 1e9, awayFromMs: 2_000, awayForMs: 1e9 });
    let endedAt = 0;
    const cuts: unknown[] = [];
    const waiting = waitThroughCuts(ask, {
      seconds: 20,
      askSeconds: 20,
      isOver: () => false,
      onCut: (error) => cuts.push(error),
    }).finally(() => {
      endedAt = nowMs();
    });
    expect(await run(waiting)).toMatchObject({ error: { code: 'queue_unreachable' } });
    expect(endedAt).toBeLessThanOrEqual(20_000);
    expect(cuts.length).toBeGreaterThan(3);
    expect(cuts.length).toBeLessThan(20);
  });

  it.each([
    new AppError('job_not_found', 'No.'),
    new AppError('internal', 'No.'),
    new AppError('queue_unreachable', 'What answers is no pantry-queue.'),
    new Error('a fault of ours'),
  ])('ends at once with what asking again cannot mend: %s', async (error) => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      throw error;
    };
    expect(await run(waitThroughCuts(ask, { seconds: 20, askSeconds: 20, isOver: () => true }))).toEqual({ error });
    expect(asked).toBe(1);
  });

  it('asks again when a stopping queue answers before the time, and not in a hurry', async () => {
    let asked = 0;
    const ask = async () => {
      asked += 1;
      return asked < 5 ? 'live' : 'ended';
    };
    const beganAt = Date.now();
    let tookMs = 0;
    const waiting = waitThroughCuts(ask, { seconds: 20, askSeconds: 20, isOver: (answer) => answer === 'ended' });
    void waiting.then(() => {
      tookMs = Date.now() - beganAt;
    });
    expect(await run(waiting)).toBe('ended');
    expect(asked).toBe(5);
    expect(tookMs).toBe(4 * 250);
  });

  it('ends when its caller goes, with what it has', async () => {
    const gone = new AbortController();
    const { ask } = queueWith({ endsAtMs: 1e9 });
    setTimeout(() => gone.abort(), 4_000);
    const waiting = waitThroughCuts(ask, { seconds: 45, askSeconds: 3, isOver: () => false, signal: gone.signal });
    expect(await run(waiting)).toBe('live');
  });
});
