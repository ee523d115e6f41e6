/**
 * A receiver of webhooks: checks each message, does each once, and ignores what came too late.
 *
 *   WEBHOOK_SECRET=whsec_… PORT=9000 node --import tsx examples/webhook-receiver.ts
 */
import { createServer, type IncomingMessage } from 'node:http';
import { verifyWebhook, WebhookVerificationError } from 'pantry-queue/client';

const secret = process.env.WEBHOOK_SECRET ?? '';
const MAX_BYTES = 64 * 1024;

/** In a real receiver both are rows of its database, written in the transaction that does the work. */
const done = new Set<string>();
const latest = new Map<number, number>();

async function rawBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new WebhookVerificationError('The message is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const server = createServer(async (request, response) => {
  try {
    // The bytes as they came: a body that was parsed and written again has another signature.
    const message = await verifyWebhook(await rawBody(request), request.headers, secret);
    response.writeHead(204).end();
    if (!('sequence' in message.data)) return console.log(message.type);
    const { id, receipt_id, sequence = 0 } = message.data;
    if (done.has(id)) return;
    done.add(id);
    if (receipt_id !== null) {
      if (sequence < (latest.get(receipt_id) ?? 0)) return;
      latest.set(receipt_id, sequence);
    }
    console.log(`${message.type} ${message.data.job_id ?? ''}`.trim());
  } catch (error) {
    // Said to nobody why: anyone who forges learns nothing.
    response.writeHead(error instanceof WebhookVerificationError ? 401 : 500).end();
  }
});

server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});
