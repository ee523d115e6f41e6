import { expect, it } from 'vitest';
import type { Call } from '../../src/http/route.ts';
import { streamOf } from '../../src/http/stream-of.ts';

async function* breakingOff(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(3);
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

it('[I8] an answer that breaks off is told to the log with its cause, and its connection is ended', async () => {
  const logged: unknown[] = [];
  const note = (fields: object, event: string) => void logged.push({ event, ...fields });
  const ended: string[] = [];
  const outgoing = { once() {}, destroy: () => void ended.push('connection') };
  const call = { get: () => 'r-1', env: { outgoing } } as unknown as Call;
  await new Response(streamOf(breakingOff(), call, { info: note, warn: note, error: note })).arrayBuffer();
  expect(ended).toEqual(['connection']);
  expect(logged).toEqual([
    {
      event: 'http.answer_broken',
      requestId: 'r-1',
      cause: 'ECONNRESET socket hang up',
      at: expect.arrayContaining([expect.stringContaining('stream-of.test.ts')]),
    },
  ]);
});
