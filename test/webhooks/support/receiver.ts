import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver does with a message. */
export type Answer = (response: ServerResponse, received: Received) => void | Promise<void>;

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end();

export interface Receiver {
  readonly url: string;
  readonly port: number;
  /** In the order in which they came. */
  readonly got: Received[];
  /** From now on. */
  answers(answer: Answer): void;
  /** Resolves when so many have come. */
  reached(count: number): Promise<void>;
  /** Nobody listens there any more. */
  stop(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** An endpoint on the loopback that keeps what it gets. It ends with the test. */
export async function startReceiver(first: Answer = status(200)): Promise<Receiver> {
  const got: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let answer = first;
  const server = createServer((request, response) => {
    bodyOf(request)
      .then(async (body) => {
        const received = { path: request.url ?? '', headers: request.headers, body };
        got.push(received);
        for (const each of waiting) if (got.length >= each.count) each.resolve();
        await answer(response, received);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    got,
    answers(next) {
      answer = next;
    },
    reached: (count) =>
      new Promise((resolve) => {
        if (got.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    stop,
  };
}
