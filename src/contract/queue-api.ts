import type { z } from 'zod';
import type { EventStream } from './event-stream.ts';
import type { CallKey, Calls, StreamKey, Streams } from './operations.ts';
import type { CallContext } from './principal.ts';

export type InputOf<K extends CallKey> = z.infer<Calls[K]['input']>;
export type OutputOf<K extends CallKey> = z.infer<Calls[K]['output']>;

/** An image on its way in, with what its uploader says about it. */
export type Upload = InputOf<'addReceipt'>;
export type AddedReceipt = OutputOf<'addReceipt'>;

/**
 * Everything the queue can do. The service implements it over the ledger (`createQueue`), the client over HTTP
 * (`createQueueClient`); MCP, CLI and HTTP routes do not know which they hold. An implementation checks the arguments.
 */
export type QueueApi = {
  readonly [K in CallKey]: (input: InputOf<K>, context: CallContext) => Promise<OutputOf<K>>;
};

export type StreamInputOf<K extends StreamKey> = z.infer<Streams[K]['input']>;

/** The calls whose answer does not end. Each is opened, or refused, before it tells anything. */
export type QueueStreams = {
  readonly [K in StreamKey]: (input: StreamInputOf<K>, context: CallContext) => Promise<EventStream>;
};

type AnyCall = (input: unknown, context: unknown) => Promise<unknown>;

/** Makes a call by its key, with arguments that nobody has checked yet. */
export function callByKey<K extends CallKey, Context>(
  queue: { readonly [P in K]: (input: never, context: Context) => Promise<OutputOf<P>> },
  key: K,
  input: unknown,
  context: Context,
): Promise<OutputOf<K>> {
  // The queue checks the input by the row of this key; only the type system cannot follow.
  return (queue[key] as AnyCall)(input, context) as Promise<OutputOf<K>>;
}
