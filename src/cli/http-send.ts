import { type ClientRequest, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CONNECT_TIMED_OUT } from '../client/cut.ts';
import type { Send } from '../client/send.ts';

/** As long as the platform's `fetch` gives a connection. */
const CONNECT_MS = 10_000;

/**
 * What a client of the queue sends by, on `node:http`. The platform's `fetch` brings 12 MB along, and a relay stays
 * open as long as its host does.
 */
export const sendByHttp: Send = (url, { method = 'GET', headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? tlsRequest : plainRequest;
    const call = request(url, { method, headers, ...(signal ? { signal } : {}) }, (answer) => {
      // A reader of the body gets the error itself; without one, an unheard error would end the process.
      answer.on('error', () => undefined);
      const status = answer.statusCode ?? 0;
      resolve({ ok: status >= 200 && status < 300, status, body: answer });
    });
    call.on('error', reject);
    limitConnecting(call);
    if (body instanceof ReadableStream) pipeline(Readable.fromWeb(body), call).catch(reject);
    else call.end(body ?? undefined);
  });

function limitConnecting(call: ClientRequest): void {
  call.once('socket', (socket) => {
    if (!socket.connecting) return;
    const giveUp = () => call.destroy(Object.assign(new Error('no connection in time'), { code: CONNECT_TIMED_OUT }));
    const timer = setTimeout(giveUp, CONNECT_MS);
    for (const event of ['connect', 'close'] as const) socket.once(event, () => clearTimeout(timer));
  });
}
