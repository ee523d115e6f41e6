import { Readable } from 'node:stream';
import { AppError } from '../contract/errors.ts';
import type { Call } from './route.ts';

/**
 * The body as it comes from the socket. Not by way of the web stream: one that is given up half way keeps the socket
 * paused, and the rest of the body could then not be read away.
 */
export function bodyOf(call: Call): Readable {
  const { body } = call.env?.incoming ? { body: call.env.incoming } : call.req.raw;
  if (body instanceof Readable) return body;
  return body === null ? Readable.from([]) : Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
}

/** @throws AppError unsupported_media_type: what unpacks to gigabytes is never unpacked */
export function refuseCompressed(headers: Headers): void {
  const encoding = headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new AppError('unsupported_media_type', 'A compressed body is not read here.');
  }
}

/**
 * Fires when the caller has gone before the answer was complete. Not the request's own signal: asking for that one
 * starts to read the body.
 */
export function goneSignalOf(call: Call): AbortSignal {
  const outgoing = call.env?.outgoing;
  if (!outgoing) return call.req.raw.signal;
  const gone = new AbortController();
  if (outgoing.destroyed) gone.abort();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  return gone.signal;
}
