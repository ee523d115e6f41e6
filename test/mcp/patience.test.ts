import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMcpHttpHandler } from '../../mcp/http.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { CLIENTS, connect } from './support/clients.ts';
import { aFinishedJob, aJob, createFakeQueue } from './support/fake-queue.ts';
import { createTestLogger, PRINCIPAL } from './support/servers.ts';

/** The timers of both sides, in skipped time. */
beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] }),
);
afterEach(() => void vi.useRealTimers());

const ENDS_AFTER_S = 44;

/** A queue whose job ends a second before the longest wait does. */
function slowQueue(): QueueApi {
  const endsAt = Date.now() + ENDS_AFTER_S * 1_000;
  const getJobStatus: QueueApi['getJobStatus'] = async ({ wait_seconds = 0 }) => {
    const until = Math.min(Date.now() + wait_seconds * 1_000, endsAt);
    while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 250));
    return Date.now() < endsAt ? aJob() : aFinishedJob('Corner Shop', ['Milk']);
  };
  return { ...createFakeQueue().queue, getJobStatus };
}

const PATIENCE = [5_000, 30_000, 60_000].flatMap((timeout) => CLIENTS.map((kind) => ({ kind, timeout })));

describe('a client that starts its timer anew at each progress', () => {
  it.each(PATIENCE)('[M6] gets the answer of a wait of 45 s by $kind, with $timeout ms', async ({ kind, timeout }) => {
    const handler = createMcpHttpHandler({ queue: slowQueue(), logger: createTestLogger() });
    const fetch = (target: string | URL, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set('host', 'localhost');
      return handler(new Request(target, { ...init, headers }), PRINCIPAL);
    };
    const client = await connect(kind, { kind: 'http', url: 'http://localhost/mcp', fetch });
    await client.listTools();
    const told: (string | undefined)[] = [];
    const patience = { timeout, onMessage: (message: string | undefined) => told.push(message) };
    const answer = client.callWithProgress('get_job_status', { job_id: 'ocr-17', wait_seconds: 45 }, patience);
    const seen = answer.then(({ structured }) => structured);
    seen.catch(() => undefined);
    for (let step = 0; step < 500; step += 1) await vi.advanceTimersByTimeAsync(100);
    expect(await seen).toMatchObject({ status: 'finished' });
    expect(told.length).toBeGreaterThanOrEqual(14);
    await client.close();
    await handler.close();
  });
});
