import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../src/contract/errors.ts';
import { CALL_AGENT } from '../../src/contract/policies.ts';
import type { Db } from '../../src/ledger/db.ts';
import { useAttempts } from './support/attempts.ts';

const bench = useAttempts();
afterEach(() => {
  vi.useRealTimers();
});

describe('the heartbeats of a call', () => {
  it('are sent every two seconds while it runs, say how long that is, and end with it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    const { run, heartbeats, outcome } = await bench.calling();
    expect(heartbeats).toEqual([]);
    vi.advanceTimersByTime(3 * CALL_AGENT.heartbeatEveryMs);
    const sent = [1, 2, 3].map((n) => ({ elapsed_ms: n * CALL_AGENT.heartbeatEveryMs }));
    expect(heartbeats).toEqual(sent);
    bench.answer(run);
    expect(await outcome).toMatchObject({ kind: 'reply' });
    vi.advanceTimersByTime(10 * CALL_AGENT.heartbeatEveryMs);
    expect(heartbeats).toEqual(sent);
    expect(CALL_AGENT.heartbeatTimeoutMs).toBeGreaterThan(
      CALL_AGENT.maxHeartbeatThrottleMs + 2 * CALL_AGENT.heartbeatEveryMs,
    );
  });

  it('[I16] go on while a paid reply waits for the ledger, and the agent is not asked again', async () => {
    let isAway = false;
    let refused = () => {};
    const onceRefused = new Promise<void>((resolve) => {
      refused = resolve;
    });
    const db: Db = {
      ...bench.db,
      query(text, values) {
        if (!isAway || !text.includes('insert into pantry_queue.replies')) return bench.db.query(text, values);
        refused();
        return Promise.reject(new AppError('ledger_unavailable', 'The database does not answer.'));
      },
    };
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { run, heartbeats, outcome } = await bench.calling(db);
    isAway = true;
    bench.answer(run);
    await onceRefused;
    vi.advanceTimersByTime(2 * CALL_AGENT.heartbeatEveryMs);
    expect(heartbeats).toHaveLength(2);
    isAway = false;
    expect(await outcome).toMatchObject({ kind: 'reply' });
    expect(bench.callsOf(run)).toHaveLength(1);
    expect(await bench.job(run)).toMatchObject({ status: 'started', phase: 'saving', attempts: 1 });
  });
});
