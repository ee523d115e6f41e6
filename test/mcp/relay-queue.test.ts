import { describe, expect, it } from 'vitest';
import { createRelayQueue, type RelayDeps } from '../../mcp/relay-queue.ts';
import { AppError } from '../../src/contract/errors.ts';
import { createFakeQueue } from './support/fake-queue.ts';
import { PRINCIPAL } from './support/servers.ts';

const CONTEXT = { principal: PRINCIPAL };
const HINTS = { toStart: 'pantry-queue up', startLog: '/data/logs/started-by-mcp.log' };

function relay(deps: Partial<RelayDeps>) {
  return createRelayQueue({
    locate: () => undefined,
    start: undefined,
    startLimitMs: 300,
    connect: () => createFakeQueue().queue,
    hints: HINTS,
    ...deps,
  });
}

describe('a relay', () => {
  it('starts a queue for the first call, not for the connection', async () => {
    let starts = 0;
    const queue = relay({
      locate: () => (starts > 0 ? 'http://localhost:1' : undefined),
      start: () => {
        starts += 1;
        return { isNew: true, hasFailed: () => false };
      },
    });
    expect(starts).toBe(0);
    await queue.queueInfo({}, CONTEXT);
    await queue.queueInfo({}, CONTEXT);
    expect(starts).toBe(1);
  });

  it('answers in time when the queue takes longer to start than a host waits', async () => {
    const queue = relay({ start: () => ({ isNew: true, hasFailed: () => false }) });
    await expect(queue.queueInfo({}, CONTEXT)).rejects.toMatchObject({
      code: 'queue_unreachable',
      retryAfterS: 10,
      hint: expect.stringContaining(HINTS.startLog),
    });
  });

  it('stops waiting when the call is canceled', async () => {
    const queue = relay({ startLimitMs: 60_000, start: () => ({ isNew: true, hasFailed: () => false }) });
    const call = queue.queueInfo({}, { ...CONTEXT, signal: AbortSignal.timeout(20) });
    await expect(call).rejects.toMatchObject({ code: 'queue_unreachable' });
  });

  it('connects once to one address, and again to a new one', async () => {
    const connected: string[] = [];
    let url = 'http://localhost:1';
    const queue = relay({
      locate: () => url,
      connect: (to) => {
        connected.push(to);
        return createFakeQueue().queue;
      },
    });
    await queue.queueInfo({}, CONTEXT);
    await queue.queueInfo({}, CONTEXT);
    url = 'http://localhost:2';
    await queue.queueInfo({}, CONTEXT);
    expect(connected).toEqual(['http://localhost:1', 'http://localhost:2']);
  });

  it('does not ask again a queue that is where it was', async () => {
    let asked = 0;
    const queue = relay({
      locate: () => 'http://localhost:1',
      connect: () => ({
        ...createFakeQueue().queue,
        queueInfo: async () => {
          asked += 1;
          throw new AppError('queue_unreachable', 'Too slow.');
        },
      }),
    });
    await expect(queue.queueInfo({}, CONTEXT)).rejects.toMatchObject({ code: 'queue_unreachable' });
    expect(asked).toBe(1);
  });

  it('asks the new queue when the old one went away during a call, and once only', async () => {
    const places = ['http://localhost:1', 'http://localhost:2'];
    let asked = 0;
    const queue = relay({
      locate: () => places[Math.min(asked, 1)],
      connect: () => ({
        ...createFakeQueue().queue,
        queueInfo: async () => {
          asked += 1;
          throw new AppError('queue_unreachable', 'Gone.');
        },
      }),
    });
    await expect(queue.queueInfo({}, CONTEXT)).rejects.toMatchObject({ code: 'queue_unreachable' });
    expect(asked).toBe(2);
  });
});
