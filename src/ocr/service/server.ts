import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { AGENT_ERRORS, AgentError } from '../errors.ts';
import type { LaneResult, Pool, ReadOptions } from '../lanes/pool.ts';
import type { ExtractReply } from '../reply.ts';
import type { Bill } from '../vision/bill.ts';
import { refusePages } from './guard.ts';
import { createMetrics } from './metrics.ts';
import { type ExtractRequest, extractRequest } from './request.ts';

const MAX_BODY_BYTES = 64 * 1024;
/** Where nothing better is known. */
const RETRY_AFTER_S = 5;

export interface ServiceDeps {
  readonly pool: Pool;
  /** Reads one picture, perhaps with a second reader; without it the lanes read alone. */
  readonly read?: (
    bytes: Uint8Array,
    signal: AbortSignal,
    options: ReadOptions,
  ) => Promise<LaneResult & { readonly bill?: Bill }>;
  /** Where receipts come from that no request says more of. */
  readonly country?: string | undefined;
  /** Gets the bytes a request names, from the store or an allowed address. */
  readonly loadImage: (request: ExtractRequest) => Promise<Uint8Array>;
  readonly log: Logger;
  /** Names by which it may be called besides those of the loopback address, in lower case. */
  readonly allowedHosts?: readonly string[];
}

/** The HTTP service: `POST /extract`, `GET /livez`, `/readyz` and `/metrics`. */
export function createService({ pool, read, loadImage, log, country, allowedHosts = [] }: ServiceDeps): Server {
  const metrics = createMetrics();
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => void handle(request, response));
  // None is dropped by count: behind the flood may stand the Origin of a page.
  server.maxHeadersCount = 0;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  return server;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const route = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    try {
      refusePages(request, allowedHosts);
      if (route === 'GET /livez') return answer(response, 200, { status: 'ok' });
      if (route === 'GET /readyz') return ready(response);
      if (route === 'GET /metrics') {
        response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
        return void response.end(metrics.render(pool.state()));
      }
      if (route !== 'POST /extract')
        throw new AgentError('not_found', 'Ask POST /extract, GET /livez, /readyz or /metrics.');
      answer(response, 200, await extract(request, response));
      metrics.answered('ok');
    } catch (error) {
      refuse(response, error);
    }
  }

  async function extract(request: IncomingMessage, response: ServerResponse): Promise<ExtractReply> {
    const startedAt = performance.now();
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const body = parseRequest(await readBody(request));
    const bytes = await loadImage(body);
    const options = { country: body.country ?? country };
    const { extraction, cost, bill } = read
      ? await read(bytes, gone.signal, options)
      : { ...(await pool.read(bytes, gone.signal, options)), bill: undefined };
    metrics.read(cost);
    log.info({ event: 'ocr.read', receiptId: body.receipt_id, readingMs: Math.round(cost.totalMs) });
    return {
      receipt_id: body.receipt_id,
      ...extraction,
      processing_time_ms: Math.round(performance.now() - startedAt),
      success: true,
      error_message: null,
      ...bill,
    };
  }

  function ready(response: ServerResponse): void {
    const state = pool.state();
    const isReady = state.lanesReady > 0;
    if (!isReady) response.setHeader('retry-after', RETRY_AFTER_S);
    answer(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'starting', ...state });
  }

  function refuse(response: ServerResponse, error: unknown): void {
    const known =
      error instanceof AgentError ? error : new AgentError('internal', 'The service failed on this request.');
    if (known !== error)
      log.error({ event: 'ocr.internal_error', reason: error instanceof Error ? error.message : 'unknown' });
    metrics.answered(known.code);
    if (response.headersSent || response.destroyed) return;
    const isNotNow = [429, 503].includes(AGENT_ERRORS[known.code]);
    const retryAfterS = known.retryAfterS ?? (isNotNow ? RETRY_AFTER_S : undefined);
    if (retryAfterS !== undefined) response.setHeader('retry-after', retryAfterS);
    if (known.code === 'body_too_large') response.setHeader('connection', 'close');
    answer(response, AGENT_ERRORS[known.code], { code: known.code, message: known.message });
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new AgentError('body_too_large', `The request has more than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseRequest(text: string): ExtractRequest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new AgentError('invalid_argument', 'The body is not JSON.');
  }
  const parsed = extractRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new AgentError('invalid_argument', firstIssue(parsed.error));
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is not valid'}`;
}
