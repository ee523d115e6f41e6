import type { StreamMessage } from '../contract/event-stream.ts';
import type { ReceiptExport } from '../contract/export.ts';
import type { CallKey, StreamKey } from '../contract/operations.ts';
import type { CallContext } from '../contract/principal.ts';
import type { InputOf, OutputOf, StreamInputOf } from '../contract/queue-api.ts';
import type { Send } from './send.ts';

export interface ClientOptions {
  /** Where the queue answers: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; as a function, asked at each call: a key may be replaced by the next. */
  readonly key?: string | (() => string | undefined) | undefined;
  /** Default: the platform's. */
  readonly fetch?: Send;
  /**
   * Whether a wait, or a stream of events, goes on by itself after a cut connection, a proxy's time-out or a restart of the queue, with the time
   * that is left. Default: true. false for callers who do that themselves, perhaps at another address.
   */
  readonly resumesWaits?: boolean;
}

/** `signal` ends a call early; what was accepted stays accepted. A principal is not needed: the server decides who calls. */
export type ClientContext = Partial<CallContext>;

/** A QueueApi whose calls need no context, and the streams as what can be iterated over. */
export type QueueClient = {
  readonly [K in CallKey]: (input: InputOf<K>, context?: ClientContext) => Promise<OutputOf<K>>;
} & {
  readonly [K in StreamKey]: (
    input: StreamInputOf<K>,
    context?: ClientContext,
  ) => AsyncGenerator<StreamMessage, void, undefined>;
} & {
  /** Receipts as CSV, while they arrive; a file that is cut throws. */
  exportReceipts(input: ReceiptExport, context?: ClientContext): AsyncIterable<Uint8Array>;
};
