import { connect } from 'node:net';
import { Agent, request } from 'undici';

const MAX_BYTES = 64 * 1024;

export interface Answered {
  readonly status: number;
  readonly text: string;
  /** By the clock of the server that answered; undefined where it sends none. */
  readonly date: number | undefined;
  /** Ours, in the middle of the call. */
  readonly at: number;
}

/** One GET, that ends within the time of its look and reads no more than a small answer. @throws what undici throws */
export async function ask(
  url: string | URL,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const dispatcher = new Agent({ connect: { timeout: 3_000 }, headersTimeout: 5_000, bodyTimeout: 5_000 });
  try {
    const sentAt = Date.now();
    const answer = await request(url, { dispatcher, signal, headers, reset: true });
    const at = (sentAt + Date.now()) / 2;
    let text = '';
    for await (const chunk of answer.body) {
      text += String(chunk);
      if (text.length > MAX_BYTES) break;
    }
    const date = Date.parse(String(answer.headers.date));
    return { status: answer.statusCode, text, date: Number.isNaN(date) ? undefined : date, at };
  } finally {
    await dispatcher.destroy();
  }
}

/** Does anything take connections there? @returns the code of what was met instead; undefined when it does */
export function obstacleTo(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3_000 });
    const end = (code: string | undefined) => {
      socket.destroy();
      resolve(code);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end('ETIMEDOUT'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    signal.addEventListener('abort', () => end('ETIMEDOUT'), { once: true });
  });
}

/** Host and port of an address with or without a scheme. */
export function placeOf(address: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) };
}
