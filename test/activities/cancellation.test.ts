import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useAttempts } from './support/attempts.ts';

const bench = useAttempts();
afterEach(() => {
  vi.useRealTimers();
});

describe('a call that Temporal stops', () => {
  it('[Q7] by a cancel is cut off; the workflow ends the job', async () => {
    const { run, outcome, cancel } = await bench.calling();
    expect(bench.running.ids()).toContain(run.jobId);
    cancel('CANCELLED', { cancelRequested: true });
    expect(await outcome).toBeInstanceOf(CancelledFailure);
    await bench.untilCut(run);
    expect(bench.running.ids()).not.toContain(run.jobId);
    expect(await bench.job(run)).toMatchObject({ status: 'started', phase: 'agent', attempts_charged: 0, error: null });
  });

  it.each([
    ['by the stop of its worker', 'WORKER_SHUTDOWN', { workerShutdown: true }],
    ['by the stop of its worker, as the SDK tells of it', 'WORKER_SHUTDOWN', {}],
    ['by a reset of the activity', 'RESET', { reset: true }],
  ] as const)('%s is cut off and handed back, uncharged, and called again at once', async (_why, reason, details) => {
    const { run, outcome, cancel } = await bench.calling();
    cancel(reason, details);
    const failure = await outcome;
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'agent_unavailable', nonRetryable: false, nextRetryDelay: 1 });
    await bench.untilCut(run);
    expect(await bench.job(run)).toMatchObject({ status: 'queued', phase: 'worker', attempts: 1, attempts_charged: 0 });

    const next = bench.attempt(run);
    await bench.untilCalls(run, 2);
    bench.answer(run);
    expect(await next.outcome).toMatchObject({ kind: 'reply' });
    expect(await bench.job(run)).toMatchObject({ phase: 'saving', attempts: 2, attempts_charged: 0 });
    expect(new Set(bench.callsOf(run).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });

  it('by a person’s pause is cut off, uncharged, and waits for that person', async () => {
    const { run, outcome, cancel } = await bench.calling();
    cancel('PAUSED', { paused: true });
    expect(await outcome).toBeInstanceOf(CancelledFailure);
    await bench.untilCut(run);
    expect(await bench.job(run)).toMatchObject({
      status: 'deferred',
      phase: 'paused',
      attempts_charged: 0,
      next_attempt_at: null,
      error: { code: 'queue_paused' },
    });
  });

  it.each([
    ['has timed it out', 'TIMED_OUT', { timedOut: true }],
    ['does not know it any more', 'NOT_FOUND', { notFound: true }],
  ] as const)('[I16] because it %s goes on: its reply is paid, and is stored', async (_why, reason, details) => {
    const { run, outcome, cancel } = await bench.calling();
    await bench.db.query('update pantry_queue.jobs set engine_checked_at = now() where subject = $1', [run.subject]);
    cancel(reason, details);
    await vi.waitFor(async () => {
      const [row] = await bench.db.query('select engine_checked_at from pantry_queue.jobs where subject = $1', [
        run.subject,
      ]);
      expect(row).toEqual({ engine_checked_at: null });
    });
    bench.answer(run);
    expect(await outcome).toMatchObject({ kind: 'reply' });
    expect(bench.callsOf(run).map(({ ended }) => ended)).toEqual(['answered']);
    expect(await bench.job(run)).toMatchObject({ status: 'started', phase: 'saving', attempts: 1 });
  });
});

describe('[I14, I10] a call that the agent took before it was away', () => {
  it('is cut, handed back uncharged and made again at once; the breaker stays closed', async () => {
    const { run, outcome } = await bench.calling();
    bench.forget();
    expect(await outcome).toMatchObject({ type: 'agent_unavailable', nonRetryable: false, nextRetryDelay: 1 });
    await bench.untilCut(run);
    expect(await bench.job(run)).toMatchObject({ status: 'queued', phase: 'worker', attempts: 1, attempts_charged: 0 });
    expect(await bench.db.query('select from pantry_queue.open_breaker')).toEqual([]);

    const next = bench.attempt(run);
    await bench.untilCalls(run, 2);
    bench.answer(run);
    expect(await next.outcome).toMatchObject({ kind: 'reply' });
    expect(new Set(bench.callsOf(run).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  });
});

describe('[Q7] a call that the ledger stops first', () => {
  it('is cut off at once, and is canceled when Temporal says so too', async () => {
    const { run, outcome, cancel } = await bench.calling();
    bench.running.abort(run.jobId);
    await bench.untilCut(run);
    cancel('CANCELLED', { cancelRequested: true });
    expect(await outcome).toBeInstanceOf(CancelledFailure);
  });

  it('ends quietly when Temporal says nothing, and nothing more is written', async () => {
    const { run, outcome } = await bench.calling();
    const before = await bench.job(run);
    let hasEnded = false;
    const ended = outcome.finally(() => {
      hasEnded = true;
    });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
    bench.running.abort(run.jobId);
    while (!hasEnded) await vi.advanceTimersByTimeAsync(1_000);
    expect(await ended).toEqual({ kind: 'not_current', reason: 'the job was canceled' });
    vi.useRealTimers();
    await bench.untilCut(run);
    expect(await bench.job(run)).toEqual(before);
  });
});
