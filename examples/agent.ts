/**
 * An OCR agent of your own: the queue posts `{receipt_id, image_path, user_id, image_url}` to /extract and stores what
 * comes back. Start the queue with AGENT_URL=http://127.0.0.1:8002.
 *
 *   PORT=8002 node --import tsx examples/agent.ts
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const MAX_BYTES = 64 * 1024;
const MAX_KEPT = 1_000;

/** Readings by idempotency key: a call that is repeated after a cut gets the answer that is paid for already. */
const kept = new Map<string, object>();

/** Put your model here. Amounts are decimal strings, dates YYYY-MM-DD, confidences 0 to 1; what is unknown is null. */
async function read(request: { receipt_id: number; image_path: string; image_url?: string }): Promise<object> {
  return {
    receipt_id: request.receipt_id,
    metadata: {
      merchant_name: 'Example Shop',
      purchase_date: '2026-11-20',
      total_amount: '3.20',
      currency: 'EUR',
      confidence: 0.9,
    },
    items: [
      { item_name: 'Tea', quantity: '1', unit_price: '3.20', total_price: '3.20', currency: 'EUR', confidence: 0.9 },
    ],
    raw_text: 'Example Shop\nTea 3.20',
    validation: { valid: true, errors: [], warnings: [], confidence: 0.9 },
    processing_time_ms: 1,
    success: true,
    error_message: null,
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer(async (request, response) => {
  // The queue asks for the agent's health here, which costs nothing.
  if (request.method === 'GET' && request.url === '/readyz') return send(response, 200, { status: 'ok' });
  if (request.method !== 'POST' || request.url !== '/extract') return send(response, 404, { detail: 'not found' });
  try {
    const key = String(request.headers['idempotency-key'] ?? '');
    const reading = kept.get(key) ?? (await read(JSON.parse(await bodyOf(request))));
    if (key !== '') kept.set(key, reading);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    send(response, 200, reading);
  } catch {
    // 4xx ends the job, 5xx and 429 (with Retry-After) are tried again later.
    send(response, 503, { detail: 'not now' });
  }
});
server.listen(Number(process.env.PORT ?? 8002), '127.0.0.1', () => {
  const address = server.address();
  console.log(`listening on ${typeof address === 'object' ? address?.port : address}`);
});
