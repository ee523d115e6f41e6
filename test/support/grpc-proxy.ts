import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type GrpcAnswer, refuse } from './grpc.ts';

/** What becomes of one call: refused here; or passed on, its answer held back until the promise resolves. */
export type Fate = GrpcAnswer | Promise<unknown> | undefined;

export interface GrpcProxy {
  readonly address: string;
  /** May be changed at any time; by the name of the call (`PollWorkflowTaskQueue`). */
  fateOf: (call: string, headers: IncomingHttpHeaders) => Fate;
  /** Ends every connection, and with it the long polls that were let through; new ones work. */
  cut(): void;
  close(): Promise<void>;
}

/**
 * A line to a real Temporal on which single calls are refused or slow, as the product's real library meets it.
 * @param tls the line speaks TLS
 */
export async function startGrpcProxy(
  target: string,
  fateOf: GrpcProxy['fateOf'] = () => undefined,
  tls?: SecureServerOptions,
) {
  const upstream: ClientHttp2Session = connect(`http://${target}`);
  upstream.on('error', () => {});
  const sessions = new Set<{ destroy(): void }>();
  const server = tls ? createSecureServer(tls) : createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  const proxy: GrpcProxy = {
    address: '',
    fateOf,
    cut() {
      for (const session of sessions) session.destroy();
    },
    async close() {
      upstream.destroy();
      proxy.cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const fate = proxy.fateOf(String(headers[':path']).replace(/^.*\//, ''), headers);
    if (fate !== undefined && 'status' in fate) return refuse(stream, fate);
    passOn(upstream, stream, headers, fate);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(proxy, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

function passOn(
  upstream: ClientHttp2Session,
  stream: ServerHttp2Stream,
  { connection: _, ':scheme': __, ...headers }: Parameters<ClientHttp2Session['request']>[0] & object,
  held: Promise<unknown> | undefined,
): void {
  const call = upstream.request(headers);
  let trailers = {};
  call.on('error', () => stream.close());
  stream.on('close', () => call.close());
  call.on('trailers', (given) => {
    trailers = given;
  });
  call.on('response', async (answer, flags) => {
    await held;
    if (stream.closed || stream.destroyed) return;
    const ended = (flags & 1) === 1;
    stream.respond(answer, { endStream: ended, waitForTrailers: !ended });
    if (ended) return;
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    call.pipe(stream);
  });
  stream.pipe(call);
}
