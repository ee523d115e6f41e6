import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createQueueClient } from '../../src/client/index.ts';
import { asOwner } from '../support/owner.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MINUTE_MS = 60_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A line that takes a piece of the body, waits, and takes the next; then its queue answers late, if at all. */
function lineThat(waits: { readonly betweenMs: number; readonly answerMs: number }): typeof fetch {
  return async (_url, init) => {
    const { signal, body } = init as { signal: AbortSignal; body: ReadableStream<Uint8Array> };
    const cut = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
    const taken = (async () => {
      const reader = body.getReader();
      while (!(await reader.read()).done) await sleep(waits.betweenMs);
      await sleep(waits.answerMs);
      return Response.json({ code: 'image_unreadable', detail: 'An answer.', hint: 'None.' }, { status: 422 });
    })();
    return Promise.race([cut, taken]);
  };
}

async function* image(pieces: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < pieces; n++) yield new Uint8Array(1_000);
}

/** @returns what the caller was told, and after how many minutes */
async function upload(line: typeof fetch, pieces: number): Promise<{ told: unknown; minutes: number }> {
  const beganAt = Date.now();
  const client = createQueueClient({ url: 'http://queue.test', fetch: line });
  let endedAt = 0;
  const told = client.addReceipt({ bytes: image(pieces) }, asOwner).then(
    () => 'added',
    (error: unknown) => error,
  );
  void told.then(() => {
    endedAt = Date.now();
  });
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
  expect(vi.getTimerCount()).toBe(0);
  return { told: await told, minutes: (endedAt - beganAt) / MINUTE_MS };
}

it('an upload that is taken piece by piece has all the time it takes', async () => {
  const { told, minutes } = await upload(lineThat({ betweenMs: 1.5 * MINUTE_MS, answerMs: 0.25 * MINUTE_MS }), 20);
  expect(minutes).toBeGreaterThan(30);
  expect(told).toMatchObject({ code: 'image_unreadable', message: 'An answer.' });
});

it.each([
  ['of which nothing more is taken', { betweenMs: 10 * MINUTE_MS, answerMs: 0 }],
  ['whose answer does not come', { betweenMs: 0, answerMs: 10 * MINUTE_MS }],
])('an upload %s is given up after two minutes, and the caller is told so', async (_what, waits) => {
  const { told, minutes } = await upload(lineThat(waits), 3);
  expect(minutes).toBeCloseTo(2, 1);
  expect(told).toMatchObject({
    code: 'queue_unreachable',
    message: 'The queue at http://queue.test did not answer within 120 s.',
  });
});
