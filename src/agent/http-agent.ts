import { Agent as Connections, request } from 'undici';
import type { ExtractRequest } from '../contract/agent.ts';
import { AppError, type ErrorCode } from '../contract/errors.ts';
import { NOT_REACHED } from '../contract/not-reached.ts';
import { AGENT_CALL } from '../contract/policies.ts';
import { withSignals } from '../contract/signals.ts';
import type { Agent, Clock } from '../ports.ts';
import { retryAfterS } from './retry-after.ts';

/** Codes that an agent may give for an image, in a body `{"code": …}`; any other word of an agent goes nowhere. */
const IMAGE_CODES: ReadonlySet<string> = new Set([
  'image_missing',
  'image_unreadable',
  'image_too_large',
  'unsupported_image',
] satisfies ErrorCode[]);

/** What an agent says that cannot reach the store behind `image_url`: not of the image, and not of itself. */
const NO_IMAGES = 'image_source_unavailable';

/** Statuses of a refusal that is about what was sent. */
const ABOUT_THE_RECEIPT: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/**
 * The HTTP client of an agent. One connection a call, closed after it: a call takes seconds, and a reused socket that
 * the agent has just closed would look like a failed reading.
 * @param options `url` as in AGENT_URL
 */
export function createHttpAgent(options: { url: string; clock?: Clock }): Agent & { close(): Promise<void> } {
  const now = () => options.clock?.now() ?? Date.now();
  const address = new URL('extract', options.url.endsWith('/') ? options.url : `${options.url}/`);
  const connections = new Connections({ connect: { timeout: AGENT_CALL.connectMs }, connections: null });

  return {
    async extract(asked: ExtractRequest, { idempotencyKey, deadlineMs, signal, traceparent }) {
      const deadline = AbortSignal.timeout(deadlineMs);
      try {
        return await withSignals([signal, deadline], async (either) => {
          const response = await request(address, {
            method: 'POST',
            dispatcher: connections,
            reset: true,
            headers: {
              'content-type': 'application/json',
              accept: 'application/json',
              'accept-encoding': 'identity',
              'idempotency-key': idempotencyKey,
              ...(traceparent === undefined ? {} : { traceparent }),
            },
            body: JSON.stringify(asked),
            signal: either,
            headersTimeout: deadlineMs,
            bodyTimeout: AGENT_CALL.bodyIdleMs,
          });
          const body = await readCapped(response.body);
          if (response.statusCode !== 200) {
            const header = response.headers['retry-after'];
            throw refusal(response.statusCode, body.toString('utf8'), retryAfterHeader(header), now());
          }
          return body;
        });
      } catch (error) {
        throw explained(error, deadline.aborted, deadlineMs);
      }
    },
    close: () => connections.close(),
  };
}

function retryAfterHeader(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** @throws AppError agent_bad_response past the cap; the connection is cut then */
async function readCapped(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > AGENT_CALL.maxReplyBytes) {
      body.destroy();
      throw new AppError('agent_bad_response', `The agent's answer is larger than ${AGENT_CALL.maxReplyBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refusal(status: number, body: string, retryAfter: string | undefined, nowMs: number): AppError {
  if (codeIn(body) === NO_IMAGES) {
    return new AppError('storage_unavailable', 'The agent gets no image out of the store.', { retryAfterS: 5 });
  }
  if (status === 429 || (status === 503 && retryAfter !== undefined)) {
    const seconds = retryAfterS(retryAfter, nowMs);
    return new AppError('agent_rate_limited', `The agent asked to wait ${seconds} s (HTTP ${status}).`, {
      retryAfterS: seconds,
    });
  }
  if (status === 503) return new AppError('agent_unavailable', 'The agent is not ready (HTTP 503).');
  if (status >= 500 || status === 408) return new AppError('agent_error', `The agent failed (HTTP ${status}).`);
  // What is not about the one receipt it would answer to every other: a wrong key, a wrong address.
  if (status < 400 || !ABOUT_THE_RECEIPT.has(status)) {
    return new AppError('agent_bad_response', `The agent answered with HTTP ${status} instead of 200.`);
  }
  const code = imageCode(body);
  if (code) return new AppError(code, `The agent could not use the image (${code}).`);
  return new AppError('agent_rejected', `The agent refused the receipt (HTTP ${status}).`);
}

function imageCode(body: string): ErrorCode | undefined {
  const code = codeIn(body);
  return code !== undefined && IMAGE_CODES.has(code) ? (code as ErrorCode) : undefined;
}

function codeIn(body: string): string | undefined {
  try {
    const { code } = JSON.parse(body) as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}

function explained(error: unknown, timedOut: boolean, deadlineMs: number): unknown {
  if (error instanceof AppError) return error;
  const code = codeOf(error) || codeOf(error instanceof Error ? error.cause : undefined);
  if (timedOut || code === 'UND_ERR_HEADERS_TIMEOUT') {
    return new AppError('agent_timeout', `The agent did not answer within ${deadlineMs / 1000} s.`, { cause: error });
  }
  if (code === 'UND_ERR_BODY_TIMEOUT') {
    return new AppError('agent_timeout', `The agent stopped in the middle of its answer.`, { cause: error });
  }
  if (NOT_REACHED.has(code)) return new AppError('agent_unavailable', 'The agent cannot be reached.', { cause: error });
  return new AppError('agent_error', 'The connection to the agent broke before it had answered.', { cause: error });
}
