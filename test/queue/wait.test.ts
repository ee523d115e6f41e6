import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import type { FeedListener } from '../../src/feed/create-feed.ts';
import type { FeedEvent } from '../../src/ledger/feed.ts';
import type { OneJobRow } from '../../src/ledger/jobs.ts';
import { createWatch, isEnd, type Watched } from '../../src/queue/wait.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const LONG_MS = 3_600_000;

/** A watch over reads that end when the test says so, and a feed that tells what it says. */
function bench({ maxWaiting, endedNow = [] }: { maxWaiting?: number; endedNow?: readonly number[] } = {}) {
  const reads: {
    job: { subject: number };
    answer(status: string, jobNo?: number): void;
    fail(error: unknown): void;
  }[] = [];
  const listeners = new Set<FeedListener>();
  const asked: (readonly number[])[] = [];
  let listened = 0;
  const watch = createWatch({
    feed: {
      listen(listener) {
        listened++;
        listeners.add(listener);
        queueMicrotask(() => listener.mayHaveMissed());
        return () => listeners.delete(listener);
      },
    },
    async ended(jobNos) {
      asked.push(jobNos);
      return endedNow;
    },
    ...(maxWaiting === undefined ? {} : { maxWaiting }),
  });
  const jobOf = (subject: number): Watched<OneJobRow | undefined> => ({
    key: String(subject),
    read: () =>
      new Promise((resolve, reject) => {
        const answer = (status: string, jobNo = subject) => resolve({ status, job_no: jobNo } as OneJobRow);
        reads.push({ job: { subject }, answer, fail: reject });
      }),
    isNews: (event, row) => event.jobNo === row?.job_no && isEnd(event),
    open: (row) => (row ? [row.job_no] : []),
  });
  const isOver = (row: OneJobRow | undefined) => row?.status === 'finished';
  const tell = (state: string | null, jobNos: readonly number[]) => {
    const events = jobNos.map((jobNo) => ({ jobNo, state }) as FeedEvent);
    for (const listener of listeners) listener.seen(events);
  };
  return {
    reads,
    listeners,
    asked,
    listened: () => listened,
    /** Jobs of these numbers, which are those of their receipts, have ended. */
    ended: (...jobNos: number[]) => tell('failed', jobNos),
    tell,
    mayHaveMissed: () => {
      for (const listener of listeners) listener.mayHaveMissed();
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
    const { wait, reads, ended, answerAll } = bench();
    const waits = Array.from({ length: 900 }, () => wait(17));
    expect(reads).toHaveLength(1);
    await answerAll('queued');
    // Those who came while the first read was under way must see what was written meanwhile.
    expect(reads).toHaveLength(1);
    await answerAll('queued');
    // What has happened before the feed was listened to.
    expect(reads).toHaveLength(1);
    await answerAll('queued');
    for (let end = 0; end < 5; end++) {
      ended(17);
      expect(reads).toHaveLength(1);
      // It was retried at once.
      await answerAll('queued');
    }
    ended(17);
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
    const { wait, reads, ended, answerAll } = bench();
    const other = wait(1);
    await answerAll('queued');
    await answerAll('queued');
    const waiting = wait(17);
    ended(17);
    await answerAll('queued');
    expect(reads).toHaveLength(1);
    await answerAll('finished');
    expect(await waiting).toBe('finished');
    ended(1);
    await answerAll('finished');
    await other;
  });

  it('are not read for by changes of other jobs, nor by what is no end', async () => {
    const { wait, reads, ended, tell, answerAll } = bench();
    const waiting = wait(17);
    await answerAll('queued');
    await answerAll('queued');
    ended(1, 2, 3);
    for (const state of [null, 'queued/worker', 'started/agent', 'started/canceling']) tell(state, [17]);
    await settled();
    expect(reads).toEqual([]);
    ended(17);
    await answerAll('finished');
    await waiting;
  });

  it('follow the job of a later generation once one has taken the place of the first', async () => {
    const { wait, reads, ended, answerAll } = bench();
    const waiting = wait(17);
    await answerAll('queued');
    await answerAll('queued');
    ended(17);
    await settled();
    reads.splice(0)[0]?.answer('queued', 99);
    await settled();
    ended(17);
    await settled();
    expect(reads).toEqual([]);
    ended(99);
    await answerAll('finished');
    expect(await waiting).toBe('finished');
  });

  it('are read again when the feed has begun anew', async () => {
    const { wait, reads, mayHaveMissed, answerAll } = bench();
    const waits = [wait(17), wait(18)];
    await answerAll('queued');
    await answerAll('queued');
    expect(reads).toEqual([]);
    mayHaveMissed();
    await answerAll('finished');
    expect(await Promise.all(waits)).toEqual(['finished', 'finished']);
  });

  it('find in one read for all the ends that no event has told', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { wait, reads, asked, answerAll } = bench({ endedNow: [17] });
      const waits = [17, 18, 19].map((id) => wait(id));
      await answerAll('queued');
      await answerAll('queued');
      await vi.advanceTimersByTimeAsync(2_000);
      expect(asked).toEqual([[17, 18, 19]]);
      expect(reads.map(({ job }) => job.subject)).toEqual([17]);
      await answerAll('finished');
      expect(await waits[0]).toBe('finished');
      await vi.advanceTimersByTimeAsync(2_000);
      expect(asked).toEqual([
        [17, 18, 19],
        [18, 19],
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('answer with the state of then when the server stops, and leave nothing on its signal', async () => {
    const { wait, answerAll } = bench();
    const closing = new AbortController();
    const waits = [17, 17, 18].map((id) => wait(id, closing.signal));
    for (let round = 0; round < 3; round++) await answerAll('queued');
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
    await answerAll('queued');
    closing.abort();
    expect(await waiting).toBe('queued');
  });

  it('answer with the state of then when their time is over', async () => {
    const { wait, reads, answerAll } = bench();
    const waiting = wait(17, undefined, 20);
    await answerAll('queued');
    await answerAll('queued');
    await expect.poll(() => reads.length).toBe(1);
    await answerAll('deferred');
    expect(await waiting).toBe('deferred');
  });

  it('outlast a database that is away for a moment, and say so when it never answered', async () => {
    const { wait, reads, ended, answerAll } = bench();
    const away = new AppError('ledger_unavailable', 'The database does not answer.');
    const first = wait(17);
    await settled();
    reads.splice(0)[0]?.fail(away);
    await expect(first).rejects.toBe(away);

    const second = wait(17);
    await answerAll('queued');
    await answerAll('queued');
    ended(17);
    await settled();
    reads.splice(0)[0]?.fail(away);
    await settled();
    ended(17);
    await answerAll('finished');
    expect(await second).toBe('finished');
  });

  it('[G4] are at most so many, and the next is told when to ask again', async () => {
    const { wait, answerAll } = bench({ maxWaiting: 3 });
    const waits = [1, 2, 3].map((id) => wait(id));
    await expect(wait(4)).rejects.toMatchObject({ code: 'rate_limited', retryAfterS: 2 });
    await answerAll('finished');
    await Promise.all(waits);
    const next = wait(4);
    await answerAll('finished');
    expect(await next).toBe('finished');
  });

  it('listen to the feed as one, and no longer than somebody waits', async () => {
    const { wait, listeners, listened, answerAll } = bench();
    const waits = Array.from({ length: 50 }, (_, id) => wait(id + 1));
    await answerAll('queued');
    expect(listeners.size).toBe(1);
    for (let round = 0; round < 40; round++) await answerAll('finished');
    await Promise.all(waits);
    expect([listeners.size, listened()]).toEqual([0, 1]);
  });

  it('do not listen for a job that has ended already', async () => {
    const { wait, listened, answerAll } = bench();
    const waiting = wait(17);
    await answerAll('finished');
    expect([await waiting, listened()]).toEqual(['finished', 0]);
  });
});
