import { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import { S3_LIMITS } from './s3-limits.ts';

const CODE = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/;
/** An answer without a body of its own: the web’s Response refuses one with them. */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * What the S3 client sends its signed requests by: every one with limits, none led elsewhere by a redirect. The code of a
 * refusal is put where the client looks for it, whichever content type the store gave it.
 */
export function createS3Fetch(limits: typeof S3_LIMITS = S3_LIMITS): typeof fetch & { close(): Promise<void> } {
  const dispatcher = new Agent({
    connect: { timeout: limits.connectMs },
    headersTimeout: limits.transferMs,
    bodyTimeout: limits.idleMs,
    connections: limits.connections,
  });

  async function send(input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> {
    const method = (init.method ?? 'GET') as Dispatcher.HttpMethod;
    const sends = init.body instanceof Readable;
    const isTransfer = method === 'GET' || sends;
    const { statusCode, headers, body } = await request(String(input), {
      dispatcher,
      method,
      headers: init.headers as Record<string, string>,
      body: (init.body ?? null) as Readable | string | null,
      headersTimeout: sends ? limits.transferMs : limits.idleMs,
      signal: AbortSignal.timeout(isTransfer ? limits.transferMs : limits.callMs),
    });
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    if (statusCode === 200 && method === 'GET') {
      return new Response(Readable.toWeb(body) as ReadableStream<Uint8Array>, { status: 200, headers: given });
    }
    const text = await textOf(body, limits.answerBytes);
    const code = statusCode >= 300 ? CODE.exec(text)?.[1] : undefined;
    return new Response(method === 'HEAD' || BODYLESS.has(statusCode) ? null : text, {
      status: statusCode,
      headers: { ...given, ...(code === undefined ? {} : { 'x-amz-error-code': code }) },
    });
  }
  return Object.assign(send, { close: () => dispatcher.destroy() });
}

/** Read to its end, so that the connection is free again; one that says too much is cut. */
async function textOf(body: Readable, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
