import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { faultOf } from '../contract/cause.ts';
import { AppError } from '../contract/errors.ts';
import { UPLOAD_PACE } from '../contract/policies.ts';
import type { Log } from '../ports.ts';
import { type DiscardLimits, discard, earlyAnswerClass, PatientRequest } from './early-answer.ts';
import { boundPipelining, type PipeliningLimits } from './pipelining.ts';
import { problemDocument, problemResponse } from './problem.ts';

type HttpServer = Server<typeof PatientRequest, ReturnType<typeof earlyAnswerClass>>;

/** How long a client may take and how much it may hold. Node's own defaults wait 60 s and 300 s, or for ever. */
export interface ListenLimits extends PipeliningLimits {
  readonly headersMs: number;
  /** For a request with its body, except an upload: that one has a pace of its own. */
  readonly requestMs: number;
  /** An answer of which nothing was read for so long is given up with its connection. */
  readonly unreadMs: number;
  readonly checkEveryMs: number;
  /** Longer than the 60 s that proxies keep a connection: anyone who closes first while the other sends loses a request. */
  readonly keepAliveMs: number;
  readonly headerBytes: number;
  readonly connections: number;
  /** After an answer that came before the end of the request's body. */
  readonly discard: DiscardLimits;
}

const LIMITS: ListenLimits = {
  headersMs: 10_000,
  requestMs: 60_000,
  unreadMs: 30_000,
  checkEveryMs: 2_000,
  keepAliveMs: 65_000,
  headerBytes: 16_384,
  connections: 2_000,
  discard: { ...UPLOAD_PACE, silentMs: 10_000, totalMs: 120_000, bytes: 1024 * 1024 * 1024 },
  unansweredPerConnection: 16,
  inLine: 4_000,
};

export interface Listening {
  readonly port: number;
  /**
   * Takes no new connection, lets running calls end, then cuts what is left.
   * @param graceMs how long running calls have
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Opens the port.
 * @param options `port` 0 takes any free one; `limits` replace the usual ones
 * @throws AppError port_taken, also when the address is not this machine's
 */
export async function listen(options: {
  fetch: (
    request: Request,
    env: { incoming: IncomingMessage; outgoing: ServerResponse },
  ) => Promise<Response> | Response;
  host: string;
  port: number;
  log: Log;
  limits?: Partial<ListenLimits>;
}): Promise<Listening> {
  const { log } = options;
  const limits = { ...LIMITS, ...options.limits };
  const listener = getRequestListener(
    (request, env) => options.fetch(request, env as { incoming: IncomingMessage; outgoing: ServerResponse }),
    {
      overrideGlobalObjects: false,
      // A request line or Host header from which no address can be made never reaches the app.
      errorHandler: () =>
        problemResponse(
          new AppError('malformed_request', 'The address or the Host header is missing or cannot be read.'),
          'none',
        ),
    },
  );
  function handle(incoming: PatientRequest, outgoing: ServerResponse): void {
    outgoing.on('timeout', cutSlowReader);
    if (hasBody(incoming)) incoming.limitBody(limits.requestMs, () => refuseLate(incoming, outgoing, limits.discard));
    void listener(incoming, outgoing);
  }
  const pipelining = boundPipelining(
    (incoming, outgoing) => handle(incoming as PatientRequest, outgoing),
    limits,
    (socket) => answerOnSocket(tooManyUnanswered(limits), socket, limits.discard),
  );
  const server = createServer(
    {
      IncomingMessage: PatientRequest,
      ServerResponse: earlyAnswerClass(limits.discard),
      headersTimeout: limits.headersMs,
      // Node knows one limit for all requests; `handle` sets the one of each.
      requestTimeout: 0,
      connectionsCheckingInterval: limits.checkEveryMs,
      keepAliveTimeout: limits.keepAliveMs,
      maxHeaderSize: limits.headerBytes,
      // Node would refuse such a request with an empty page; below it becomes a problem document.
      requireHostHeader: false,
    },
    pipelining.listener,
  );
  server.on('checkContinue', (incoming: PatientRequest, outgoing) => {
    incoming.onFirstRead(() => outgoing.headersSent || outgoing.writeContinue());
    pipelining.listener(incoming, outgoing);
  });
  // Node would refuse both without a document: an expectation that nobody has heard of, and a proxy's request.
  server.on('checkExpectation', pipelining.listener);
  server.on('connect', (_, socket) => answerOnSocket(noProxy(), socket, limits.discard));
  server.timeout = limits.unreadMs;
  server.maxConnections = limits.connections;
  // Node drops headers beyond a count in silence, and with them an Origin that must be refused; bytes bound them here.
  server.maxHeadersCount = 0;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET') return void socket.destroy();
    // Half of a request may have arrived whose rest is not read because of those in line before it.
    const hadLine = pipelining.abandon(socket);
    answerOnSocket(hadLine ? tooManyUnanswered(limits) : clientErrorOf(error.code ?? ''), socket, limits.discard);
  });
  await opened(server, options);
  server.on('error', (error) => log.error(faultOf(error), 'http.server_error'));
  const { port } = server.address() as AddressInfo;
  return { port, close: (graceMs) => close(server, graceMs) };
}

/** Silence on a connection may also be a call that waits for its job: only an answer that nobody takes is given up. */
function cutSlowReader(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is used by another program',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

function opened(server: HttpServer, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = REFUSALS[error.code ?? ''] ?? 'cannot be opened';
      reject(new AppError('port_taken', `${host}:${port} ${why}.`, { cause: error }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Nobody has answered yet, and the body is still on its way: the reader of the body would wait on. */
function refuseLate(incoming: IncomingMessage, outgoing: ServerResponse, limits: DiscardLimits): void {
  if (outgoing.headersSent || incoming.socket.destroyed) return;
  answerOnSocket(clientErrorOf('ERR_HTTP_REQUEST_TIMEOUT'), incoming.socket, limits);
}

/** What the parser refuses has no request to answer; the client still gets the same kind of document. */
function answerOnSocket(error: AppError, socket: Duplex, limits: DiscardLimits): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, title, headers, body } = problemDocument(error);
  // The parser would find the next fault in what still comes, and that would reset the connection.
  socket.removeAllListeners('data');
  const all = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
  void discard(socket, limits).then(() => socket.destroy());
}

function noProxy(): AppError {
  return new AppError('method_not_allowed', 'This is no proxy: CONNECT is not taken.', {
    hint: 'Call the addresses of this server itself.',
  });
}

function tooManyUnanswered({ unansweredPerConnection }: ListenLimits): AppError {
  const message = `More than ${unansweredPerConnection} requests of this connection wait for their answers.`;
  return new AppError('rate_limited', message, {
    hint: 'Read answers before sending more, or use more connections.',
    retryAfterS: 1,
  });
}

function clientErrorOf(code: string): AppError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new AppError('request_timeout', 'The request did not arrive in time.');
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AppError('malformed_request', `The headers are larger than ${LIMITS.headerBytes} bytes.`);
  }
  return new AppError('malformed_request', 'This is no HTTP request that can be read.');
}

async function close(server: HttpServer, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(cut);
}
