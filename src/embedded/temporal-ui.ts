/**
 * The door of Temporal's Web UI. The UI itself answers under any name, so a page in the owner's browser could reach it
 * through a name that it points here; it listens where no page finds it, and this stands on the known port.
 */
import { randomInt } from 'node:crypto';
import { createServer, Agent as HttpAgent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { isAppError } from '../contract/errors.ts';
import { guardCaller, LOCAL_CALLERS } from '../http/guard.ts';

/** Where something listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** An answer of the UI that takes longer has hung. */
const ANSWER_MS = 30_000;
const MAX_SOCKETS = 32;

/**
 * An address for the UI itself. On Linux the whole of 127.0.0.0/8 is this machine, so that it can be one of 2^24 that
 * nobody guesses; elsewhere it is the usual one, on a port that nobody is told.
 */
export function hiddenHost(): string {
  if (process.platform !== 'linux') return '127.0.0.1';
  return `127.${randomInt(1, 255)}.${randomInt(0, 255)}.${randomInt(1, 255)}`;
}

/**
 * Serves the UI to this machine's own programs and pages.
 * @param stop ends it
 * @throws the error of Node when the port cannot be opened
 */
export async function serveTemporalUi(at: Endpoint, ui: Endpoint, stop: AbortSignal): Promise<void> {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  const server = createServer((incoming, answer) => {
    const refused = refusalOf(incoming);
    if (refused !== undefined) return say(answer, 403, refused);
    forward(incoming, answer, ui, agent);
  });
  // 0 means that no header is dropped in silence; the bound is Node's own, 16 KB in all.
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
    agent.destroy();
  };
  if (stop.aborted) close();
  else stop.addEventListener('abort', close, { once: true });
}

/** @returns why the caller is turned away, in one sentence */
function refusalOf(incoming: IncomingMessage): string | undefined {
  try {
    const headers = new Headers();
    for (const [name, values] of Object.entries(incoming.headersDistinct)) {
      for (const value of values ?? []) headers.append(name, value);
    }
    const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host ?? 'unnamed'}`);
    guardCaller({ method: incoming.method ?? 'GET', url: url.href, headers }, LOCAL_CALLERS);
    return undefined;
  } catch (error) {
    return isAppError(error) ? error.message : 'The request cannot be read.';
  }
}

function forward(incoming: IncomingMessage, answer: ServerResponse, ui: Endpoint, agent: HttpAgent): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ ...ui, agent, method, path, headers, timeout: ANSWER_MS });
  onward.once('timeout', () => onward.destroy(new Error('no answer in time')));
  onward.once('error', () => {
    if (answer.headersSent) answer.destroy();
    else say(answer, 503, 'Temporal’s Web UI does not answer; see temporal.log in the data folder.');
  });
  onward.once('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    pipeline(response, answer, () => {});
  });
  answer.once('close', () => onward.destroy());
  pipeline(incoming, onward, () => {});
}

function say(answer: ServerResponse, status: number, sentence: string): void {
  answer.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  answer.end(`${sentence}\n`);
}
