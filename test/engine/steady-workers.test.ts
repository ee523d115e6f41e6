import { TransportError } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createSteadyWorkers } from '../../src/engine/steady-workers.ts';
import type { Log } from '../../src/ports.ts';

const at = { address: 'temporal:7233', namespace: 'default' };

/** Workers that end as the list says, one entry a start; the last runs until it is stopped. */
function steady(ends: readonly Error[], times = { retryMs: 1, sureMs: 1 }) {
  const changes: (string | undefined)[] = [];
  const waiting: (() => void)[] = [];
  const lines: unknown[] = [];
  const note = (fields: object, event: string) => void lines.push({ event, ...fields });
  const log: Log = { info: note, warn: note, error: note };
  let opened = 0;
  let closed = 0;
  const workers = createSteadyWorkers({
    at,
    log,
    times,
    onChange: () => {
      changes.push(workers.trouble()?.code);
      for (const resolve of waiting.splice(0)) resolve();
    },
    async open() {
      const end = ends[opened++];
      let stop = () => {};
      const running = new Promise<void>((resolve) => {
        stop = resolve;
      });
      return {
        run: () => (end ? Promise.reject(end) : running),
        shutdown: () => stop(),
        close: async () => void closed++,
      };
    },
  });
  return {
    workers,
    changes,
    lines,
    counts: () => ({ opened, closed }),
    changed: () => new Promise<void>((resolve) => waiting.push(resolve)),
  };
}

it('[I14] a worker whose polls are refused tells it, works again by itself, and stops in order', async () => {
  // The SDK gives up polls after a minute of refusals, and keeps their text alone.
  const { workers, changes, lines, counts, changed } = steady([new TransportError('Request unauthorized.')]);
  const running = workers.run();
  await changed();
  expect(workers.trouble()).toMatchObject({
    code: 'engine_misconfigured',
    message: expect.stringContaining(at.address),
  });
  expect(lines).toMatchObject([
    { event: 'worker.refused', code: 'engine_misconfigured', cause: 'Request unauthorized.' },
  ]);
  await changed();
  expect(workers.trouble()).toBeUndefined();
  workers.stop();
  await running;
  expect(changes).toEqual(['engine_misconfigured', undefined]);
  expect(counts()).toEqual({ opened: 2, closed: 2 });
});

it('a worker that is refused ends its pause when it is told to stop', async () => {
  const { workers, changed } = steady([new TransportError('Namespace default is not found.')], {
    retryMs: 1e9,
    sureMs: 1,
  });
  const running = workers.run();
  await changed();
  expect(workers.trouble()?.message).toContain('has no namespace "default"');
  workers.stop();
  await running;
});

it('a fault of our own ends a worker, with its connection closed', async () => {
  const { workers, counts } = steady([new TypeError('a fault of our own')]);
  await expect(workers.run()).rejects.toThrow('a fault of our own');
  expect(counts()).toEqual({ opened: 1, closed: 1 });
});
