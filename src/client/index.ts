import { checkInput } from '../contract/check-input.ts';
import { AppError, isAppError } from '../contract/errors.ts';
import type { StreamMessage } from '../contract/event-stream.ts';
import { type ReceiptExport, receiptExport } from '../contract/export.ts';
import { job } from '../contract/fields.ts';
import { isTerminal } from '../contract/job.ts';
import { ACTING_HEADER } from '../contract/names.ts';
import type { Operation } from '../contract/operation.ts';
import { takesBody } from '../contract/operation.ts';
import { duplicateFields } from '../contract/operations/add-receipt.ts';
import { receipt } from '../contract/operations/receipts.ts';
import { type CallKey, type OperationKey, operations, type StreamKey, streams } from '../contract/operations.ts';
import { LIMITS } from '../contract/policies.ts';
import type { CallContext } from '../contract/principal.ts';
import { errorFromProblem } from '../contract/problem.ts';
import type { AddedReceipt, InputOf, OutputOf, StreamInputOf, Upload } from '../contract/queue-api.ts';
import { withSignals } from '../contract/signals.ts';
import { GatewayAnswer, isGatewayStatus } from './cut.ts';
import { followEvents } from './events.ts';
import { exportedBytes } from './export.ts';
import { formOf } from './form.ts';
import type { Answered, Send, Sent } from './send.ts';
import { waitThroughCuts } from './wait-through-cuts.ts';

export { AppError, type ErrorCode, type FieldError, isAppError } from '../contract/errors.ts';
export type { EventMessage } from '../contract/event-message.ts';
export type { StreamMessage } from '../contract/event-stream.ts';
export type { Job, ReceiptResult } from '../contract/fields.ts';
export type { Receipt } from '../contract/operations/receipts.ts';
export type { OperationKey } from '../contract/operations.ts';
export type { AddedReceipt, InputOf, OutputOf, StreamInputOf, Upload } from '../contract/queue-api.ts';
export type { Answered, Send, Sent } from './send.ts';
export { type VerifyOptions, verifyWebhook, type WebhookMessage, WebhookVerificationError } from './verify-webhook.ts';

export interface ClientOptions {
  /** Where the queue answers: `http://127.0.0.1:8000`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; as a function, asked at each call: a key may be replaced by the next. */
  readonly key?: string | (() => string | undefined) | undefined;
  /** Default: the platform's. */
  readonly fetch?: Send;
  /**
   * Whether a wait, or a stream of events, goes on by itself after a cut connection, a proxy's time-out or a restart of the queue, with the time
   * that is left. Default: true. false for callers who do that themselves, perhaps at another address.
   */
  readonly resumesWaits?: boolean;
}

/** A call ends by itself when the queue answers late: what was accepted is found again by its receipt or job. */
const CALL_MS = 15_000;
/** Of an upload: how long nothing of it may be taken, and how long its answer may come late. */
const UPLOAD_SILENT_MS = 120_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** `signal` ends a call early; what was accepted stays accepted. A principal is not needed: the server decides who calls. */
export type ClientContext = Partial<CallContext>;

/** A QueueApi whose calls need no context, and the streams as what can be iterated over. */
export type QueueClient = {
  readonly [K in CallKey]: (input: InputOf<K>, context?: ClientContext) => Promise<OutputOf<K>>;
} & {
  readonly [K in StreamKey]: (
    input: StreamInputOf<K>,
    context?: ClientContext,
  ) => AsyncGenerator<StreamMessage, void, undefined>;
} & {
  /** Receipts as CSV, while they arrive; a file that is cut throws. */
  exportReceipts(input: ReceiptExport, context?: ClientContext): AsyncIterable<Uint8Array>;
};

/**
 * The queue over HTTP, with the interface that the service itself has; a context's principal is not sent.
 * @throws AppError from every call: what the queue refused, `queue_unreachable` when nothing usable answers
 */
export function createQueueClient(options: ClientOptions): QueueClient {
  const base = options.url.replace(/\/+$/, '');
  const send: Send = options.fetch ?? fetch;
  const authorization = () => {
    const key = typeof options.key === 'function' ? options.key() : options.key;
    return key === undefined ? {} : { authorization: `Bearer ${key}` };
  };

  async function request(
    path: string,
    init: Omit<Sent, 'redirect' | 'signal'>,
    limitMs: number,
    signal?: AbortSignal,
    limit: AbortSignal = AbortSignal.timeout(limitMs),
  ): Promise<unknown> {
    let response: Answered;
    let body: unknown;
    try {
      [response, body] = await withSignals([signal, limit], async (either) => {
        const headers = { accept: 'application/json', ...authorization(), ...init.headers };
        const answer = await send(base + path, { ...init, headers, redirect: 'error', signal: either });
        return [answer, await readJson(answer)] as const;
      });
    } catch (error) {
      throw unreachable(base, error, limit.aborted ? limitMs : undefined);
    }
    if (response.ok) return body;
    throw errorFromProblem(body) ?? notOurs(base, response.status);
  }

  async function call(key: OperationKey, input: Record<string, unknown>, context: ClientContext): Promise<unknown> {
    const [method, pattern] = operations[key].http;
    const output: Checker<unknown> = operations[key].output;
    // Before it is sent: in an address every value is text, and an empty one makes another address.
    const values = Object.entries(checkInput(operations[key].input, input));
    const rest = new Map(values.filter(([, value]) => value !== undefined));
    const path = pattern.replace(/\{(\w+)\}/g, (_, field: string) => {
      const value = String(rest.get(field));
      rest.delete(field);
      return DOTS.test(value) ? encoded(`${value}\ufffd`) : encoded(value);
    });
    const acting = context.acting === undefined ? {} : { [ACTING_HEADER]: context.acting };
    const callers = { ...acting, ...traceHeader(context) };
    const headers = { ...callers, ...keyHeader(rest.get('idempotency_key')) };
    rest.delete('idempotency_key');
    const { waitsS }: Operation = operations[key];
    const limitMs = CALL_MS + (waitsS?.(input) ?? 0) * 1000;
    const answer = takesBody(method)
      ? await request(path, jsonInit(method, Object.fromEntries(rest), headers), limitMs, context.signal)
      : await request(path + queryOf(rest), { method, headers: callers }, limitMs, context.signal);
    return checked(output, answer, base);
  }

  async function addReceipt(upload: Upload, context: ClientContext = {}): Promise<AddedReceipt> {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), UPLOAD_SILENT_MS);
    const form = formOf(upload, () => timer.refresh());
    const key = upload.idempotency?.key;
    // Streams: no file is ever whole in memory. `duplex` is what fetch asks for then.
    const headers = { ...traceHeader(context), 'content-type': form.contentType, ...keyHeader(key) };
    const init = { method: 'POST', body: form.body, headers, duplex: 'half' } as const;
    const answer = await request('/receipts', init, UPLOAD_SILENT_MS, context.signal, silent.signal)
      .catch((error: unknown) => {
        // The bytes' own failure (a file that cannot be read) breaks the request off, and is the better story.
        throw form.failure() ?? error;
      })
      .finally(() => clearTimeout(timer));
    const { id: _, ...told } = checked(addedReceipt, answer, base);
    return { receipt: checked(receipt, answer, base), ...told };
  }

  async function open(
    path: string,
    accept: string,
    input: object,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const query = queryOf(new Map(Object.entries(input).filter(([, value]) => value !== undefined)));
    try {
      const headers = { accept, ...authorization() };
      const response = await send(base + path + query, { headers, redirect: 'error', signal });
      if (!response.ok) throw errorFromProblem(await readJson(response)) ?? notOurs(base, response.status);
      // Bytes can be iterated over wherever this runs; the types of fetch do not know it.
      return (response.body ?? []) as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw unreachable(base, error, undefined);
    }
  }

  async function* events(
    input: StreamInputOf<'events'>,
    context: ClientContext = {},
  ): AsyncGenerator<StreamMessage, void, undefined> {
    yield* followEvents(checkInput(streams.events.input, input), {
      open: (asked, signal) => open(streams.events.http[1], 'text/event-stream', asked, signal),
      resumes: options.resumesWaits !== false,
      signal: context.signal,
      onCut: () => context.tell?.(cutNews(base)),
    });
  }

  const exportReceipts: QueueClient['exportReceipts'] = (input, context = {}) =>
    exportedBytes(input, context.signal, {
      open: (asked, signal) => open(receiptExport.path, 'text/csv, application/problem+json', asked, signal),
      cut: (error, limitMs) => unreachable(base, error, limitMs),
    });

  const calls = Object.fromEntries(
    (Object.keys(operations) as OperationKey[]).map((key) => [
      key,
      (input: Record<string, unknown>, context: ClientContext = {}) => call(key, input, context),
    ]),
  );
  // Each entry was made from the row of its own name, and its answer checked by that row.
  const client = { ...calls, addReceipt, events, exportReceipts } as unknown as QueueClient;
  return options.resumesWaits === false ? client : resumingWaits(client, base);
}

/** The same client, whose waits survive what lies between it and the queue. */
function resumingWaits(client: QueueClient, base: string): QueueClient {
  return {
    ...client,
    getJobStatus: (input, context = {}) => {
      const { job_id, wait_seconds: seconds = 0 } = checkInput(operations.getJobStatus.input, input);
      return waitThroughCuts(
        (left) => client.getJobStatus(left > 0 ? { job_id, wait_seconds: left } : { job_id }, context),
        {
          seconds,
          askSeconds: LIMITS.askSeconds,
          isOver: (answer) => isTerminal(answer.status),
          onCut: () => context.tell?.(cutNews(base)),
          signal: context.signal,
        },
      );
    },
    waitForJobs: (input, context = {}) => {
      const { wait_seconds: seconds = LIMITS.askSeconds, ...asked } = checkInput(operations.waitForJobs.input, input);
      return waitThroughCuts(
        // With the caller's own cursor each time, so that the last answer tells all that has changed since.
        (left) => client.waitForJobs({ ...asked, wait_seconds: left }, context),
        {
          seconds,
          askSeconds: LIMITS.askSeconds,
          isOver: ({ met }) => met,
          onCut: () => context.tell?.(cutNews(base)),
          signal: context.signal,
        },
      );
    },
  };
}

const cutNews = (base: string) => `The connection to ${base} was lost; asking again.`;

function keyHeader(key: unknown): Readonly<Record<string, string>> {
  return key === undefined ? {} : { 'idempotency-key': String(key) };
}

function traceHeader({ traceparent }: ClientContext): Readonly<Record<string, string>> {
  return traceparent === undefined ? {} : { traceparent };
}

const addedReceipt = receipt.pick({ id: true }).extend({ job, ...duplicateFields });

interface Checker<T> {
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: unknown };
}

function checked<T>(schema: Checker<T>, answer: unknown, base: string): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new AppError('internal', `The queue at ${base} answered in a form that this client does not know.`, {
    hint: 'Use a client and a queue of the same version.',
    cause: parsed.error,
  });
}

/** A list names its field for each of its entries. */
function queryOf(fields: ReadonlyMap<string, unknown>): string {
  const parts = [...fields].flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((entry) => `${name}=${encoded(entry)}`),
  );
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/** What an address takes for a step up or none; no id of ours is so, and it must be answered like any other that is none. */
const DOTS = /^\.{1,2}$/;

/** Half a surrogate pair has no form in an address; it becomes what decoders make of it. */
function encoded(value: unknown): string {
  return encodeURIComponent(String(value).replace(/\p{Cs}/gu, '\ufffd'));
}

function jsonInit(method: string, body: unknown, headers: Readonly<Record<string, string>>) {
  return { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

/** @returns undefined when the body is no JSON or is larger than any answer of ours */
async function readJson(response: Answered): Promise<unknown> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_ANSWER_BYTES) return undefined;
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode());
  } catch {
    return undefined;
  }
}

function unreachable(base: string, error: unknown, limitMs: number | undefined): AppError {
  if (isAppError(error)) return error;
  const why = limitMs === undefined ? 'cannot be reached' : `did not answer within ${limitMs / 1000} s`;
  // fetch says only that it failed; what happened is its cause.
  const cause = error instanceof TypeError && error.cause !== undefined ? error.cause : error;
  return new AppError('queue_unreachable', `The queue at ${base} ${why}.`, { cause });
}

function notOurs(base: string, status: number): AppError {
  if (isGatewayStatus(status)) {
    const message = `The proxy in front of ${base} answered HTTP ${status}: the queue behind it did not answer in time.`;
    return new AppError('queue_unreachable', message, { cause: new GatewayAnswer(`HTTP ${status}`) });
  }
  return new AppError('queue_unreachable', `What answers at ${base} is no pantry-queue (HTTP ${status}).`);
}
