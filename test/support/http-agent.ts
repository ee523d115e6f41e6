import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExtractReply, ExtractRequest } from '../../src/contract/agent.ts';
import { replyFor } from './replies.ts';

/** One request, as the agent's own log has it. */
export interface AgentLogEntry {
  readonly receiptId: number;
  readonly idempotencyKey: string;
  readonly startedAt: number;
  /** `answered`, or `cut` when the caller went away first; undefined while it runs. */
  ended: 'answered' | 'cut' | undefined;
}

export interface HttpAgent {
  readonly url: string;
  readonly log: AgentLogEntry[];
  /** Resolves when so many calls have begun since the agent started: faults are timed by events, not by the clock. */
  untilCalls(count: number): Promise<void>;
  close(): Promise<void>;
}

export type Behaviour = (request: ExtractRequest, response: ServerResponse, nth: number) => void | Promise<void>;

/** Answers with a sound reading after `delayMs`. */
export function slowReader(delayMs: number): Behaviour {
  return async (request, response) => {
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    sendJson(response, 200, replyFor(request));
  };
}

export function sendJson(response: ServerResponse, status: number, body: ExtractReply | object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** An agent over real HTTP with a log of its own: one of the independent witnesses of a fault run. */
export async function startHttpAgent(behave: Behaviour): Promise<HttpAgent> {
  const log: AgentLogEntry[] = [];
  let waiting: { count: number; resolve: () => void }[] = [];

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // An agent of one's own, which has no other route.
    if (incoming.method !== 'POST') return void response.writeHead(404).end();
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const request = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExtractRequest;
    const entry: AgentLogEntry = {
      receiptId: request.receipt_id,
      idempotencyKey: String(incoming.headers['idempotency-key']),
      startedAt: Date.now(),
      ended: undefined,
    };
    log.push(entry);
    response.once('close', () => {
      entry.ended = response.writableFinished ? 'answered' : 'cut';
    });
    waiting = waiting.filter(({ count, resolve }) => {
      if (log.length < count) return true;
      resolve();
      return false;
    });
    await behave(request, response, log.length);
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    untilCalls: (count) =>
      log.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
