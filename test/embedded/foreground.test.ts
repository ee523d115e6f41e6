import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EmbeddedQueue } from '../../src/embedded/embedded-queue.ts';
import { runInForeground } from '../../src/embedded/foreground.ts';
import type { OwnerRecord } from '../../src/embedded/owner-file.ts';

const record: OwnerRecord = {
  pid: 1,
  started_at: '2026-01-01T00:00:00.000Z',
  url: 'http://127.0.0.1:1',
  mcp_url: 'http://127.0.0.1:1/mcp',
  database_url: 'postgresql://u:p@127.0.0.1:1/d',
  agent_url: 'http://127.0.0.1:1',
  temporal: { address: '127.0.0.1:1', namespace: 'default', ui: 'http://127.0.0.1:1' },
  processes: [],
};

let calls: string[] = [];
let said: string[] = [];
let clockMs = 0;
const realNow = Date.now;
beforeEach(() => {
  calls = [];
  said = [];
  clockMs = 1_000_000;
  Date.now = () => clockMs;
});
afterEach(() => {
  Date.now = realNow;
});

function queue(options: { start?: () => Promise<OwnerRecord>; stop?: () => Promise<void> } = {}): EmbeddedQueue {
  return {
    start: options.start ?? (async () => record),
    stop: async () => {
      calls.push('stop');
      await options.stop?.();
    },
    hurry: () => calls.push('hurry'),
  };
}

const forever = (_running: OwnerRecord, stop: AbortSignal) =>
  new Promise<string>((resolve) => stop.addEventListener('abort', () => resolve('too late'), { once: true }));

describe('a queue in the foreground', () => {
  it('is stopped when its work is done, and gives the result', async () => {
    expect(
      await runInForeground(
        queue(),
        (line) => said.push(line),
        async ({ url }) => url,
      ),
    ).toBe(record.url);
    expect(calls).toEqual(['stop']);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is stopped in order by %s', async (signal) => {
    const ended = runInForeground(queue(), (line) => said.push(line), forever);
    process.emit(signal);
    expect(await ended).toBeUndefined();
    expect(calls).toEqual(['stop']);
    expect(said[0]).toContain('Once more for a quick stop');
  });

  it('takes a signal that npm passes on at the same time for the same wish, and a later one for hurry', async () => {
    let finishStop: () => void = () => undefined;
    const stop = () => new Promise<void>((resolve) => (finishStop = resolve));
    const ended = runInForeground(queue({ stop }), (line) => said.push(line), forever);
    process.emit('SIGINT');
    clockMs += 20;
    process.emit('SIGINT');
    expect(calls).not.toContain('hurry');
    clockMs += 1_500;
    process.emit('SIGINT');
    expect(calls).toContain('hurry');
    await new Promise((resolve) => setImmediate(resolve));
    finishStop();
    await ended;
  });

  it('stops what had started when a start fails, and passes the reason on', async () => {
    const start = async () => {
      throw new Error('no room');
    };
    await expect(runInForeground(queue({ start }), (line) => said.push(line), forever)).rejects.toThrow('no room');
    expect(calls).toEqual(['stop']);
  });

  it('leaves no handler of its own behind', async () => {
    const before = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException'].map((name) => process.listenerCount(name));
    await runInForeground(
      queue(),
      (line) => said.push(line),
      async () => undefined,
    );
    const after = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException'].map((name) => process.listenerCount(name));
    expect(after).toEqual(before);
  });
});
