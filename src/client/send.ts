/** As much of a response as a client reads. */
export interface Answered {
  readonly ok: boolean;
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;
}

/** As much of a request as a client sends. */
export interface Sent {
  readonly method?: string;
  readonly headers: Record<string, string>;
  readonly body?: string | ReadableStream<Uint8Array>;
  /** Of a body that is a stream. */
  readonly duplex?: 'half';
  readonly redirect: 'error';
  readonly signal: AbortSignal;
}

/** Sends one request; the platform's `fetch` is one. Rejects when nothing answers, with why as the error or its cause. */
export type Send = (url: string, init: Sent) => Promise<Answered>;
