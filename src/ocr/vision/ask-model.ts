import { Agent, request } from 'undici';
import { AgentError } from '../errors.ts';
import { type ModelAnswer, PROTOCOLS } from './protocol.ts';
import type { VisionSettings } from './settings.ts';

const MODEL_CALL = { connectMs: 5_000, bodyIdleMs: 30_000, maxBytes: 2 * 1024 * 1024 } as const;
const MAX_RETRY_AFTER_S = 600;
const DEFAULT_RETRY_AFTER_S = 10;
/** Until a person has corrected a setting; jobs wait uncharged. */
const MISCONFIGURED_S = 60;

/**
 * Asks the model once; trying again is the queue's. Nothing of what the address answers stands in a message, since it may
 * repeat the key.
 * @throws AgentError model_busy, model_unavailable, model_misconfigured, model_rejected, model_failed, model_timeout
 */
export async function askModel(
  settings: VisionSettings,
  jpegs: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const protocol = PROTOCOLS[settings.driver];
  const { path, headers, body } = protocol.ask(settings, jpegs);
  const connections = new Agent({ connect: { timeout: MODEL_CALL.connectMs }, connections: 1 });
  // One signal of its own: listeners on the caller's are gone with the call.
  const ending = new AbortController();
  const onAbort = () => ending.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  let isLate = false;
  const deadline = setTimeout(() => {
    isLate = true;
    ending.abort();
  }, settings.timeoutMs);
  try {
    const response = await request(settings.url + path, {
      method: 'POST',
      dispatcher: connections,
      signal: ending.signal,
      headersTimeout: settings.timeoutMs,
      bodyTimeout: MODEL_CALL.bodyIdleMs,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json',
        'accept-encoding': 'identity',
      },
      body: JSON.stringify(body),
    });
    const text = await readCapped(response.body);
    if (response.statusCode !== 200) throw refusalOf(response.statusCode, response.headers['retry-after']);
    return answerOf(text, (json) => protocol.read(json));
  } catch (error) {
    throw error instanceof AgentError ? error : explained(error, isLate);
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', onAbort);
    void connections.destroy();
  }
}

async function readCapped(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MODEL_CALL.maxBytes) {
      body.destroy();
      throw new AgentError('model_failed', `The model's answer is larger than ${MODEL_CALL.maxBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function answerOf(text: string, read: (json: unknown) => ModelAnswer | undefined): ModelAnswer {
  let answer: ModelAnswer | undefined;
  try {
    answer = read(JSON.parse(text));
  } catch {
    // Said below.
  }
  if (answer === undefined) {
    throw new AgentError(
      'model_misconfigured',
      'What VISION_URL answers is not of the protocol of --driver.',
      MISCONFIGURED_S,
    );
  }
  return answer;
}

function refusalOf(status: number, retryAfter: string | string[] | undefined): AgentError {
  if (status === 429 || status === 529 || (status === 503 && retryAfter !== undefined)) {
    const seconds = secondsOf(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter);
    return new AgentError('model_busy', `The model asked to wait ${seconds} s (HTTP ${status}).`, seconds);
  }
  if (status === 401 || status === 403) {
    return new AgentError(
      'model_misconfigured',
      `The model refused the key (HTTP ${status}): see VISION_API_KEY.`,
      MISCONFIGURED_S,
    );
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return new AgentError(
      'model_misconfigured',
      `There is no such model or address (HTTP ${status}): see VISION_URL and VISION_MODEL.`,
      MISCONFIGURED_S,
    );
  }
  if (status === 503) return new AgentError('model_unavailable', 'The model is not ready (HTTP 503).');
  if (status >= 500 || status === 408) return new AgentError('model_failed', `The model failed (HTTP ${status}).`);
  return new AgentError('model_rejected', `The model refused the request (HTTP ${status}).`);
}

/** Seconds, or a date. */
function secondsOf(header: string | undefined): number {
  const said =
    header === undefined
      ? Number.NaN
      : /^\d{1,9}$/.test(header)
        ? Number(header)
        : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isNaN(said) ? DEFAULT_RETRY_AFTER_S : Math.min(MAX_RETRY_AFTER_S, Math.max(1, Math.ceil(said)));
}

/** Never got through: nothing was read, and nothing is charged. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
]);

function explained(error: unknown, isLate: boolean): AgentError {
  const code = codeOf(error);
  if (isLate || code === 'UND_ERR_HEADERS_TIMEOUT')
    return new AgentError('model_timeout', 'The model did not answer in time.');
  if (code === 'UND_ERR_BODY_TIMEOUT') {
    return new AgentError('model_timeout', 'The model stopped in the middle of its answer.');
  }
  if (NOT_REACHED.has(code)) return new AgentError('model_unavailable', 'The model cannot be reached.');
  return new AgentError('model_failed', 'The connection to the model broke before it had answered.');
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
