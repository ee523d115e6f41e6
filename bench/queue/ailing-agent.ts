import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExtractRequest } from '../../src/contract/agent.ts';
import { replyOf } from './no-op-agent.ts';

/** Long enough that calls overlap where too many begin. */
const READING_MS = 150;

/** What it answers until it recovers: whether it is ready, and to a receipt. */
export interface Ailment {
  readonly ready: number;
  readonly call: number;
}

/** An agent over HTTP that is out of order until it recovers, and counts what it is asked. */
export async function startAilingAgent({ ready, call }: Ailment) {
  let isIll = true;
  let atOnce = 0;
  let most = 0;
  let calls = 0;
  const probes: number[] = [];
  let called: () => void = () => {};
  const firstCall = new Promise<void>((resolve) => {
    called = resolve;
  });
  const server = createServer(async (incoming, response) => {
    if (incoming.method === 'GET') {
      probes.push(performance.now());
      return void response.writeHead(isIll ? ready : 200).end();
    }
    calls++;
    called();
    most = Math.max(most, ++atOnce);
    response.once('close', () => atOnce--);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if (isIll) return void response.writeHead(call).end();
    const { receipt_id } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ExtractRequest;
    await pause(READING_MS);
    response.writeHead(200, { 'content-type': 'application/json' }).end(replyOf(receipt_id));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    firstCall,
    /** When each health check came. */
    probes,
    calls: () => calls,
    mostAtOnce: () => most,
    recover() {
      isIll = false;
      most = 0;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
