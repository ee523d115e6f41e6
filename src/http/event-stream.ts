import type { z } from 'zod';
import { causeText } from '../contract/cause.ts';
import { checkInput } from '../contract/check-input.ts';
import { toAppError } from '../contract/errors.ts';
import { EVENT_STREAM, type EventStream, type StreamMessage, streamNotice } from '../contract/event-stream.ts';
import { events } from '../contract/operations/events.ts';
import type { QueueStreams } from '../contract/queue-api.ts';
import type { Log } from '../ports.ts';
import { goneSignalOf } from './body.ts';
import { queryValues } from './read-input.ts';
import type { Call, Route } from './route.ts';

export interface EventStreamDeps {
  readonly streams: QueueStreams;
  readonly log: Log;
  readonly closing?: AbortSignal;
  /** Who calls, asked again while the stream is open. Throws once the caller is not let in any more. */
  readonly identify?: (call: Call) => Promise<unknown>;
  /** Calls `work` in so many milliseconds, unless it is taken back. Default: by the clock. */
  readonly later?: Later;
}

/** @returns takes it back */
export type Later = (work: () => void, ms: number) => () => void;

const byClock: Later = (work, ms) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // A proxy that compresses or collects would hold events back.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  // It ends with the stream: a server that stops waits for nobody.
  connection: 'close',
} as const;

const encoder = new TextEncoder();
const NOTICES = new Set<string>(streamNotice.options.map(({ shape }) => shape.type.value));

/** One text for all who are told of the same message. */
const frames = new WeakMap<StreamMessage, string>();

/** Events have no name of their own, so that one listener of a browser gets all; what the stream says of itself has one. */
function frameOf(message: StreamMessage): string {
  const known = frames.get(message);
  if (known !== undefined) return known;
  const named = NOTICES.has(message.type) ? `event: ${message.type}\n` : '';
  const frame = `id: ${message.id}\n${named}data: ${JSON.stringify(message)}\n\n`;
  frames.set(message, frame);
  return frame;
}

/** A comment, behind which a reader that comes back goes on: without data it is no event. */
const quietFrame = (cursor: string) => `:\nid: ${cursor}\n\n`;

/** `GET /events`: what happens, as server-sent events. */
export function eventStreamRoute(deps: EventStreamDeps): Route {
  const { http, summary } = events;
  const [method, path] = http;
  return {
    method,
    path,
    does: 'events',
    summary,
    async handle(call) {
      const input = inputOf(call);
      if (call.req.method === 'HEAD') return new Response(null, { headers: HEADERS });
      const ended = new AbortController();
      const stream = await deps.streams.events(input, { principal: call.get('principal'), signal: ended.signal });
      return new Response(bodyOf(stream, ended, call, deps), { headers: HEADERS });
    },
  };
}

/** A browser that comes back says in a header where it was; the address is still that of its first call. */
function inputOf(call: Call): z.infer<typeof events.input> {
  const last = call.req.header('last-event-id') ?? '';
  return checkInput(events.input, { ...queryValues(events.input, call), ...(last === '' ? {} : { after: last }) });
}

/** Nothing is made before the connection can take it: of a reader that stalls, one piece waits. */
function bodyOf(
  stream: EventStream,
  ended: AbortController,
  call: Call,
  { closing, identify, later = byClock, log }: EventStreamDeps,
): ReadableStream<Uint8Array> {
  const source = stream[Symbol.asyncIterator]();
  const gone = goneSignalOf(call);
  const end = () => ended.abort();
  for (const signal of [gone, closing]) {
    if (signal?.aborted) end();
    signal?.addEventListener('abort', end, { once: true });
  }
  ended.signal.addEventListener('abort', () => closing?.removeEventListener('abort', end), { once: true });

  let canceled = false;
  let asked: Promise<readonly StreamMessage[] | undefined> | undefined;
  /** @returns undefined at the end */
  async function next(): Promise<readonly StreamMessage[] | undefined> {
    try {
      const { done, value } = await source.next();
      return done ? undefined : value;
    } catch (error) {
      // The reader comes back with its cursor.
      log.warn({ code: toAppError(error).code, cause: causeText(error) }, 'http.events_ended');
      return undefined;
    }
  }

  /** A key that was revoked is told nothing more; a database that is away shuts nobody out. */
  async function isShutOut(): Promise<boolean> {
    try {
      await identify?.(call);
      return false;
    } catch (error) {
      return toAppError(error).code === 'unauthenticated';
    }
  }

  function close(controller: ReadableStreamDefaultController): void {
    controller.close();
    end();
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode(`retry: ${EVENT_STREAM.retryMs}\n\n`));
      },
      async pull(controller) {
        asked ??= next();
        const found = await orQuiet(asked, later);
        const isOver = await isShutOut();
        if (canceled) return;
        if (isOver) return close(controller);
        if (found === 'quiet') return controller.enqueue(encoder.encode(quietFrame(stream.cursor())));
        asked = undefined;
        if (found) return controller.enqueue(encoder.encode(found.map(frameOf).join('')));
        if (!gone.aborted) controller.enqueue(encoder.encode(quietFrame(stream.cursor())));
        close(controller);
      },
      cancel() {
        canceled = true;
        end();
      },
    },
    { highWaterMark: 0 },
  );
}

function orQuiet<T>(asked: Promise<T>, later: Later): Promise<T | 'quiet'> {
  return new Promise((resolve) => {
    const takeBack = later(() => resolve('quiet'), EVENT_STREAM.quietMs);
    void asked.then((found) => {
      takeBack();
      resolve(found);
    });
  });
}
