import { AppError, isAppError } from '../contract/errors.ts';
import { type EventMessage, eventEnvelope } from '../contract/event-message.ts';
import { EVENT_STREAM, type StreamMessage, streamNotice } from '../contract/event-stream.ts';
import type { StreamInputOf } from '../contract/queue-api.ts';
import { isCut } from './cut.ts';
import { pause } from './pause.ts';
import { readBlocks } from './server-sent.ts';

/** Silence that is longer than this is no quiet queue but a dead connection. */
const SILENT_MS = 3 * EVENT_STREAM.quietMs;
const MAX_PAUSE_MS = 10_000;

export interface EventsDeps {
  /** @throws AppError what the queue refused, or that it cannot be reached */
  open(input: StreamInputOf<'events'>, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** False: the first cut ends it, with the error. */
  readonly resumes: boolean;
  readonly signal: AbortSignal | undefined;
  /** The connection is lost; it is made again. */
  onCut(): void;
}

/**
 * What a queue tells, one message after the other. A connection that is cut is made again with the cursor of the last
 * message, so each event comes once; where some may be missing, a message `resync` stands in their place.
 * @throws AppError when the first connection is refused, and what coming back cannot mend
 */
export async function* followEvents(
  input: StreamInputOf<'events'>,
  deps: EventsDeps,
): AsyncGenerator<StreamMessage, void, undefined> {
  const { signal, resumes } = deps;
  let after = input.after;
  let opened = false;
  let cuts = 0;

  async function* connection(): AsyncGenerator<StreamMessage, void, undefined> {
    const lost = new AbortController();
    const lose = () => lost.abort();
    const silent = setTimeout(lose, SILENT_MS);
    signal?.addEventListener('abort', lose, { once: true });
    if (signal?.aborted) lose();
    try {
      const body = await deps.open(after === undefined ? input : { ...input, after }, lost.signal);
      opened = true;
      for await (const { id, data } of readBlocks(body, () => silent.refresh())) {
        cuts = 0;
        after = id ?? after;
        if (data !== undefined) yield messageOf(data);
      }
    } finally {
      clearTimeout(silent);
      signal?.removeEventListener('abort', lose);
      // Anyone who stops taking messages lets the connection go.
      lose();
    }
  }

  while (!signal?.aborted) {
    let pauseMs: number = EVENT_STREAM.retryMs;
    try {
      yield* connection();
      if (!resumes) return;
    } catch (error) {
      if (signal?.aborted) return;
      if (!opened || !resumes || !canMend(error)) throw error;
      pauseMs = pauseAfter(error, cuts);
      cuts += 1;
    }
    if (signal?.aborted) return;
    deps.onCut();
    await pause(pauseMs, signal);
  }
}

/** Something between here and the queue, or a queue that is full or restarts. */
function canMend(error: unknown): boolean {
  return !isAppError(error) || isCut(error) || error.code === 'rate_limited';
}

function pauseAfter(error: unknown, cuts: number): number {
  const asked = isAppError(error) && error.retryAfterS !== undefined ? error.retryAfterS * 1_000 : 0;
  return Math.max(asked, Math.min(MAX_PAUSE_MS, EVENT_STREAM.retryMs * 2 ** cuts));
}

/** A type that this client does not know is passed on: a newer queue may have it. */
function messageOf(data: string): StreamMessage {
  const value = fromJson(data);
  const notice = streamNotice.safeParse(value);
  if (notice.success) return notice.data;
  const event = eventEnvelope.safeParse(value);
  if (event.success) return event.data as EventMessage;
  throw new AppError('internal', 'The queue sent an event in a form that this client does not know.', {
    hint: 'Use a client and a queue of the same version.',
    cause: event.error,
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
