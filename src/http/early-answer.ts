import { IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { type Pace, watchPace } from './pace.ts';

/** How much of a refused body is read and thrown away, and how long, before its connection is closed. */
export interface DiscardLimits extends Pace {
  readonly bytes: number;
}

/**
 * Reads and throws away what is left. A connection that is closed while its sender still sends is reset, and a reset
 * takes the answer away from the sender.
 * @returns at the end of the source, or when a limit is reached
 */
export function discard(source: Readable, limits: DiscardLimits): Promise<void> {
  if (source.readableEnded || source.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const stop = watchPace(source, limits, done);
    source.on('data', count);
    for (const event of ['end', 'close', 'error']) source.once(event, done);
    source.resume();

    function count(chunk: Uint8Array): void {
      bytes += chunk.length;
      if (bytes > limits.bytes) done();
    }
    function done(): void {
      stop();
      source.off('data', count);
      resolve();
    }
  });
}

/** A request whose sender may wait for `100 Continue`: it is asked to go on when somebody reads the body, not before. */
export class PatientRequest extends IncomingMessage {
  #whenRead: (() => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;

  onFirstRead(ask: () => void): void {
    this.#whenRead = ask;
  }

  /** The body must have arrived within this time, unless `takeTime` is called. */
  limitBody(ms: number, late: () => void): void {
    this.#deadline = setTimeout(() => {
      if (!this.complete) late();
    }, ms);
    this.once('close', () => clearTimeout(this.#deadline));
  }

  /** Anyone who reads the body watches its pace instead. */
  takeTime(): void {
    clearTimeout(this.#deadline);
  }

  override _read(size: number): void {
    const ask = this.#whenRead;
    this.#whenRead = undefined;
    ask?.();
    super._read(size);
  }
}

type HeaderFields = OutgoingHttpHeaders | OutgoingHttpHeader[];

/**
 * The one place where an answer meets a body that has not arrived yet: the whole answer is sent at once, the rest of
 * the body is discarded, and only then is the connection closed.
 */
export function earlyAnswerClass(limits: DiscardLimits): typeof ServerResponse<PatientRequest> {
  return class EarlyAnswer extends ServerResponse<PatientRequest> {
    #ended = false;

    override writeHead(status: number, second?: string | HeaderFields, third?: HeaderFields): this {
      // What follows on this connection would be the rest of the body.
      if (!this.req.complete) this.shouldKeepAlive = false;
      return typeof second === 'string' ? super.writeHead(status, second, third) : super.writeHead(status, second);
    }

    override end(...args: unknown[]): this {
      const end = () => super.end(...(args as []));
      if (this.#ended || this.req.complete || this.req.destroyed) return end();
      this.#ended = true;
      const [chunk] = args;
      const last = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : undefined;
      if (!this.headersSent) {
        this.shouldKeepAlive = false;
        if (!this.hasHeader('content-length')) this.setHeader('content-length', Buffer.byteLength(last ?? ''));
      }
      // The length was promised, so the sender has all of the answer now; `end` would close the connection.
      if (last !== undefined && last.length > 0) this.write(last);
      else this.flushHeaders();
      void discard(this.req, limits).then(() => super.end());
      return this;
    }
  };
}
