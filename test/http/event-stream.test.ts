import { describe, expect, it } from 'vitest';
import { EVENT_STREAM, type EventStream, type StreamMessage } from '../../src/contract/event-stream.ts';
import type { QueueApi } from '../../src/contract/queue-api.ts';
import { createHttpApp } from '../../src/http/app.ts';
import { createOpenPrincipal } from '../../src/http/principal.ts';
import { byHand } from './support/later.ts';

const never = () => Promise.reject(new Error('not called'));
const message = (n: number): StreamMessage => ({ type: 'caught_up', id: `cursor-${n}` });

/** The app over a stream of one's own, and what it has taken of it. */
function appOver(stream: EventStream, closing = new AbortController()) {
  const clock = byHand();
  const asked: unknown[] = [];
  const logged: string[] = [];
  let signal: AbortSignal | undefined;
  const note = (_fields: unknown, event: string) => void logged.push(event);
  const app = createHttpApp({
    queue: {} as QueueApi,
    streams: {
      events: async (input, context) => {
        asked.push(input);
        signal = context.signal;
        return stream;
      },
    },
    blobs: { read: never },
    cropper: { crop: never },
    log: { info() {}, warn: note, error: note },
    principalOf: createOpenPrincipal(),
    spoolDir: '/nowhere',
    passImage: (bytes) => bytes,
    openUpload: () => Promise.reject(new Error('nothing is uploaded in this test')),
    ready: async () => ({ ok: true, parts: {} }),
    closing: closing.signal,
    later: clock.later,
    version: '0.0.0',
  });
  return { app, clock, closing, asked, logged, isEnded: () => signal?.aborted };
}

async function readerOf(app: ReturnType<typeof appOver>['app'], query = '') {
  const response = await app.request(`http://localhost/events${query}`);
  if (!response.body) throw new Error('the answer has no body');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  return { read: async () => (await reader.read()).value, cancel: () => reader.cancel() };
}

/** A stream of a message at a time, which counts how many were taken. */
function counted(): EventStream & { taken(): number } {
  let taken = 0;
  return {
    taken: () => taken,
    cursor: () => `cursor-${taken}`,
    async *[Symbol.asyncIterator]() {
      while (true) yield [message(++taken)];
    },
  };
}

/** A stream that says nothing until it is told to. */
function silent(cursor: () => string) {
  let say = (_: readonly StreamMessage[] | Error) => {};
  const stream: EventStream = {
    cursor,
    async *[Symbol.asyncIterator]() {
      while (true) {
        const said = await new Promise<readonly StreamMessage[] | Error>((resolve) => {
          say = resolve;
        });
        if (said instanceof Error) throw said;
        if (said.length === 0) return;
        yield said;
      }
    },
  };
  return { stream, say: (said: readonly StreamMessage[] | Error) => say(said) };
}

describe('the connection of a stream', () => {
  it('[I11] of a reader that takes nothing holds one piece, and makes no further one', async () => {
    const stream = counted();
    const { app } = appOver(stream);
    const { read, cancel } = await readerOf(app);
    await read();
    expect(await read()).toContain('cursor-1');
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    // One on its way and those that the decoder of this test has asked for.
    expect(stream.taken()).toBeLessThanOrEqual(4);
    await cancel();
  });

  it('[I11] lets go of its subscription when its reader goes', async () => {
    const { app, isEnded } = appOver(counted());
    const { read, cancel } = await readerOf(app);
    await read();
    expect(isEnded()).toBe(false);
    await cancel();
    expect(isEnded()).toBe(true);
  });

  it('[H4] says nothing while events come, and a comment with the newest cursor after 15 s without one', async () => {
    let cursor = 'cursor-0';
    const { stream, say } = silent(() => cursor);
    const { app, clock } = appOver(stream);
    const { read, cancel } = await readerOf(app);
    expect(await read()).toBe(`retry: ${EVENT_STREAM.retryMs}\n\n`);
    const next = read();
    await clock.pass(EVENT_STREAM.quietMs - 1);
    say([message(7)]);
    expect(await next).toContain('id: cursor-7\nevent: caught_up\ndata: {');
    const quiet = read();
    await clock.pass(1);
    cursor = 'cursor-9';
    await clock.pass(EVENT_STREAM.quietMs);
    expect(await quiet).toBe(':\nid: cursor-9\n\n');
    await cancel();
  });

  it('[H4] ends where its stream fails, says so in the log, and leaves a cursor to go on from', async () => {
    const { stream, say } = silent(() => 'cursor-3');
    const { app, logged, isEnded } = appOver(stream);
    const { read } = await readerOf(app);
    await read();
    const last = read();
    await new Promise((resolve) => setImmediate(resolve));
    say(new Error('the disk of the database is on fire'));
    expect(await last).toBe(':\nid: cursor-3\n\n');
    expect(await read()).toBeUndefined();
    expect([logged, isEnded()]).toEqual([['http.events_ended'], true]);
  });

  it('passes its arguments on as they are named', async () => {
    const { app, asked } = appOver(counted());
    const { cancel } = await readerOf(app, '?types=failed&types=finished&job_id=ocr-17&user_id=7');
    await cancel();
    expect(asked).toEqual([{ types: ['failed', 'finished'], job_id: 'ocr-17', user_id: 7 }]);
  });
});
