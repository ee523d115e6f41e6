import { describe, expect, it } from 'vitest';
import { followBatch } from '../../src/cli/follow-batch.ts';
import type { QueueClient } from '../../src/client/index.ts';
import { AppError } from '../../src/contract/errors.ts';
import { EXIT } from '../../src/contract/exit-codes.ts';
import type { Batch } from '../../src/contract/operations/batches.ts';

const AT = '2026-11-24T09:00:00.000Z';
const NONE = { finished: 0, failed: 0, canceled: 0, running: 0, deferred: 0, waiting: 0, gone: 0 };
const batchOf = (progress: Partial<Batch['progress']>, isOver = false): Batch => ({
  batch_id: 'batch-1',
  user_id: 1,
  total: 3,
  schedule: null,
  queued: 3,
  deduplicated: 0,
  created_at: AT,
  ended_at: isOver ? AT : null,
  ended_as: null,
  progress: { ...NONE, ...progress },
  cleared: 0,
  paid_calls: 2,
  costs: [],
  rate_per_minute: 6,
  eta_s: 20,
});

/** A queue that answers one wait after the other with these. */
function queueOf(states: readonly (Batch | AppError)[]) {
  const asked: { cursor?: string | undefined }[] = [];
  const left = [...states];
  const waitForJobs: QueueClient['waitForJobs'] = async (input) => {
    asked.push(input);
    const batch = left.shift();
    if (!batch) throw new Error('asked too often');
    if (batch instanceof AppError) throw batch;
    return { met: true, jobs: [], gone: [], waiting: 0, more: false, batch, cursor: `cursor-${asked.length}` };
  };
  return { asked, queue: { waitForJobs } as unknown as QueueClient };
}

describe('following a batch', () => {
  it('[H6] goes on with each cursor, through a lost connection, and exits 0 when all of it finished', async () => {
    const cut = new AppError('queue_unreachable', 'cut', { cause: new Error('cut') });
    const { asked, queue } = queueOf([
      batchOf({ waiting: 3 }),
      cut,
      batchOf({ finished: 1, waiting: 2 }),
      batchOf({ finished: 3 }, true),
    ]);
    expect(await followBatch(queue, 'batch-1', { json: true })).toBe(EXIT.ok);
    expect(asked.map(({ cursor }) => cursor)).toEqual([undefined, 'cursor-1', 'cursor-1', 'cursor-3']);
  });

  it('[H6] exits 1 when it ended otherwise, and 5 when the time was over first', async () => {
    const failed = queueOf([batchOf({ finished: 2, failed: 1 }, true)]);
    expect(await followBatch(failed.queue, 'batch-1', { json: true })).toBe(EXIT.other);
    const slow = queueOf(Array.from({ length: 20 }, () => batchOf({ waiting: 3 })));
    expect(await followBatch(slow.queue, 'batch-1', { json: true, timeout: 1 })).toBe(EXIT.unavailable);
  });
});
