import type { LookupFunction } from 'node:net';
import { buildConnector, Client } from 'undici';
import { cleanLine } from '../contract/clean-text.ts';
import { readRetryAfter } from '../contract/retry-after.ts';
import { withSignals } from '../contract/signals.ts';
import { type DeliveryError, WEBHOOKS } from '../contract/webhook-policies.ts';
import type { TryEnd } from '../ledger/webhooks/delivery-tries.ts';
import { EndpointRefused, type EndpointRules, type Resolved } from './endpoint-rules.ts';
import type { SignedHeaders } from './signing.ts';

export interface Outgoing {
  readonly url: string;
  readonly headers: SignedHeaders;
  /** The bytes that were signed. */
  readonly body: string;
}

/** Sends once. Whatever happens is an answer; nothing is thrown. */
export type Send = (outgoing: Outgoing, signal?: AbortSignal) => Promise<Omit<TryEnd, 'ms'>>;

/** How long a try may take, and the beginning of its answer. */
export interface SendLimits {
  readonly headersMs: number;
  readonly totalMs: number;
}

/** Of what Node and undici throw. */
const BY_CODE: Readonly<Record<string, DeliveryError>> = {
  ENOTFOUND: 'not_found',
  EAI_AGAIN: 'not_found',
  ECONNREFUSED: 'not_reached',
  EHOSTUNREACH: 'not_reached',
  ENETUNREACH: 'not_reached',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
};
const OF_TLS = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH)/;

/** One connection a try, made anew: its address is asked for, checked and kept, so that no other answer counts. */
export function createSend(
  rules: EndpointRules,
  { now = Date.now, limits = WEBHOOKS }: { readonly now?: () => number; readonly limits?: SendLimits } = {},
): Send {
  return async ({ url, headers, body }, signal) => {
    if (rules.refusalOfUrl(url)) return failed('address_refused');
    const target = new URL(url);
    const deadline = AbortSignal.timeout(limits.totalMs);
    const client = new Client(target.origin, {
      connect: checkedConnect(rules),
      headersTimeout: limits.headersMs,
      bodyTimeout: limits.totalMs,
    });
    try {
      return await withSignals([signal, deadline], async (either) => {
        const response = await client.request({
          method: 'POST',
          path: target.pathname + target.search,
          reset: true,
          headers: {
            'content-type': 'application/json',
            accept: '*/*',
            'accept-encoding': 'identity',
            'user-agent': 'pantry-queue-webhooks',
            ...headers,
          },
          body,
          signal: either,
        });
        const { 'retry-after': wait } = response.headers;
        return ended(
          response.statusCode,
          Array.isArray(wait) ? wait[0] : wait,
          now(),
          await beginningOf(response.body),
        );
      });
    } catch (error) {
      return failed(deadline.aborted ? 'timeout' : errorOf(error));
    } finally {
      await client.destroy().catch(() => {});
    }
  };
}

function ended(status: number, retryAfter: string | undefined, nowMs: number, answer: string): Omit<TryEnd, 'ms'> {
  const asksToWait = status === 429 || status === 503;
  return {
    error: refusalOf(status),
    httpStatus: status,
    retryAfterS: asksToWait ? (readRetryAfter(retryAfter, nowMs, WEBHOOKS.retryAfterS) ?? null) : null,
    answer,
  };
}

function refusalOf(status: number): DeliveryError | null {
  if (status >= 200 && status < 300) return null;
  if (status === 410) return 'gone';
  return status >= 300 && status < 400 ? 'redirect' : 'http_status';
}

const failed = (error: DeliveryError): Omit<TryEnd, 'ms'> => ({
  error,
  httpStatus: null,
  retryAfterS: null,
  answer: null,
});

/** Connects to the addresses that were checked, and asks no resolver again. */
function checkedConnect(rules: EndpointRules): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    rules.addressesOf(options.hostname, port).then(
      (addresses) => {
        const connect = buildConnector({
          timeout: WEBHOOKS.connectMs,
          maxCachedSessions: 0,
          // Node's own types want more of a lookup than it calls.
          ...({ lookup: pinned(addresses) } as object),
        });
        connect(options, callback);
      },
      (error: Error) => callback(error, null),
    );
  };
}

const pinned =
  (addresses: readonly Resolved[]): LookupFunction =>
  (_name, options, callback) => {
    const [first] = addresses;
    if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 4);
    else if (options.all)
      callback(
        null,
        addresses.map(({ address, family }) => ({ address, family })),
      );
    else callback(null, first.address, first.family);
  };

/** The status counts, whatever becomes of what follows it. */
async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk.subarray(0, WEBHOOKS.answerBytes - bytes));
      bytes += chunk.byteLength;
      if (bytes >= WEBHOOKS.answerBytes) break;
    }
  } catch {
    // Cut, or too slow: what has come is kept.
  }
  return cleanLine(Buffer.concat(chunks).toString('utf8'), WEBHOOKS.answerBytes);
}

function errorOf(error: unknown): DeliveryError {
  if (error instanceof EndpointRefused) return 'address_refused';
  if (!(error instanceof Error)) return 'broken';
  const code = 'code' in error ? String(error.code) : '';
  return BY_CODE[code] ?? (OF_TLS.test(code) ? 'tls' : error.cause === undefined ? 'broken' : errorOf(error.cause));
}
