import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { ocrOf } from '../../src/contract/job.ts';
import type { JobRow } from '../../src/ledger/job-row.ts';
import type { Change, Notifier } from '../../src/ledger/notify.ts';
import { createJobWatch, type WatchedJob } from '../../src/queue/wait.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const jobOf = (receiptId: number): WatchedJob => ({ tenant: 'default', ...ocrOf(receiptId), generation: undefined });
const LONG_MS = 3_600_000;

/** A watch over reads that end when the test says so, and notifications that it sends. */
function bench(maxWaiting?: number) {
  const reads: { job: WatchedJob; answer(status: string): void; fail(error: unknown): void }[] = [];
  const listeners: ((change: Change) => void)[] = [];
  const notifier: Notifier = {
    changed: () => undefined,
    subscribe: (listener) => {
      listeners.push(listener);
      return () => undefined;
    },
    close: async () => undefined,
  };
  const watch = createJobWatch({
    notifier,
    read: (job) =>
      new Promise((resolve, reject) => {
        reads.push({ job, answer: (status) => resolve({ status } as JobRow), fail: reject });
      }),
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  const isOver = (row: JobRow | undefined) => row?.status === 'finished';
  return {
    reads,
    listeners,
    changed: (...ids: number[]) => {
      for (const listener of listeners) listener({ gate: false, receipts: new Set(ids) });
    },
    wait: (receiptId: number, signal?: AbortSignal, waitMs = LONG_MS) =>
      watch.wait(jobOf(receiptId), isOver, waitMs, signal).then((row) => row?.status),
    async answerAll(status: string) {
      await settled();
      for (const read of reads.splice(0)) read.answer(status);
      await settled();
    },
  };
}

describe('calls that wait for a job', () => {
  it('[G4] share one read of it, however many they are', async () => {
    const { wait, reads, changed, answerAll } = bench();
    const waits = Array.from({ length: 900 }, () => wait(17));
    expect(reads).toHaveLength(1);
    await answerAll('queued');
    // Those who came while the first read was under way must see what was written meanwhile.
    expect(reads).toHaveLength(1);
    await answerAll('queued');
    for (let change = 0; change < 5; change++) {
      changed(17);
      expect(reads).toHaveLength(1);
      await answerAll('started');
    }
    changed(17);
    await answerAll('finished');
    expect(new Set(await Promise.all(waits))).toEqual(new Set(['finished']));
    expect(reads).toEqual([]);
  });

  it('read at most four jobs at once, also when everybody is woken', async () => {
    const { wait, reads, answerAll } = bench();
    const waits = Array.from({ length: 100 }, (_, id) => wait(id + 1));
    await settled();
    expect(reads).toHaveLength(4);
    for (let round = 0; round < 100; round++) {
      expect(reads.length).toBeLessThanOrEqual(4);
      await answerAll('finished');
    }
    expect(await Promise.all(waits)).toHaveLength(100);
  });

  it('see a change that came while they were reading', async () => {
    const { wait, reads, changed, answerAll } = bench();
    const waiting = wait(17);
    changed(17);
    await answerAll('queued');
    expect(reads).toHaveLength(1);
    await answerAll('finished');
    expect(await waiting).toBe('finished');
  });

  it('are not read for by changes of other jobs', async () => {
    const { wait, reads, changed, answerAll } = bench();
    const waiting = wait(17);
    await answerAll('queued');
    changed(1, 2, 3);
    expect(reads).toEqual([]);
    changed(17);
    await answerAll('finished');
    await waiting;
  });

  it('answer with the state of then when the server stops, and leave nothing on its signal', async () => {
    const { wait, answerAll } = bench();
    const closing = new AbortController();
    const waits = [17, 17, 18].map((id) => wait(id, closing.signal));
    await answerAll('queued');
    await answerAll('queued');
    closing.abort();
    await answerAll('started');
    expect(await Promise.all(waits)).toEqual(['started', 'started', 'started']);
    const late = wait(17, closing.signal);
    await answerAll('started');
    expect(await late).toBe('started');
  });

  it('answer with what they saw last when the database hangs while the server stops', async () => {
    const { wait, answerAll } = bench();
    const closing = new AbortController();
    const waiting = wait(17, closing.signal);
    await answerAll('queued');
    closing.abort();
    expect(await waiting).toBe('queued');
  });

  it('answer with the state of then when their time is over', async () => {
    const { wait, reads, answerAll } = bench();
    const waiting = wait(17, undefined, 20);
    await answerAll('queued');
    await expect.poll(() => reads.length).toBe(1);
    await answerAll('deferred');
    expect(await waiting).toBe('deferred');
  });

  it('outlast a database that is away for a moment, and say so when it never answered', async () => {
    const { wait, reads, changed, answerAll } = bench();
    const away = new AppError('ledger_unavailable', 'The database does not answer.');
    const first = wait(17);
    await settled();
    reads.splice(0)[0]?.fail(away);
    await expect(first).rejects.toBe(away);

    const second = wait(17);
    await answerAll('queued');
    changed(17);
    await settled();
    reads.splice(0)[0]?.fail(away);
    await settled();
    changed(17);
    await answerAll('finished');
    expect(await second).toBe('finished');
  });

  it('[G4] are at most so many, and the next is told when to ask again', async () => {
    const { wait, answerAll } = bench(3);
    const waits = [1, 2, 3].map((id) => wait(id));
    await expect(wait(4)).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 2 });
    await answerAll('finished');
    await Promise.all(waits);
    const next = wait(4);
    await answerAll('finished');
    expect(await next).toBe('finished');
  });

  it('subscribe once for all of them', async () => {
    const { wait, listeners, answerAll } = bench();
    const waits = Array.from({ length: 50 }, (_, id) => wait(id + 1));
    for (let round = 0; round < 20; round++) await answerAll('finished');
    await Promise.all(waits);
    expect(listeners).toHaveLength(1);
  });
});
