import { once } from 'node:events';
import { createServer } from 'node:http';
import { replyOf } from '../queue/no-op-agent.ts';
import { handle } from './programs/handler.mjs';

/** The agent of this queue: a call of it is a job of the others. */
export async function startAgent(): Promise<{ readonly url: string; stop(): void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.method !== 'POST') return response.writeHead(404).end();
    const { receipt_id } = JSON.parse(Buffer.concat(chunks).toString());
    // A call whose worker has died is none that was done.
    await handle({ receipt_id }, () => !response.destroyed);
    if (response.destroyed) return undefined;
    return response.writeHead(200, { 'content-type': 'application/json' }).end(replyOf(receipt_id));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The system gave no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
