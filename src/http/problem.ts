import type { AppError } from '../contract/errors.ts';
import { type Problem, problemOf } from '../contract/problem.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';

const NO_STORE = { 'cache-control': 'no-store' } as const;

/** An error as `application/problem+json` (RFC 9457), before it is put on a connection. */
export interface ProblemDocument {
  readonly status: number;
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param requestId stands as `instance`, so that a report finds its line in the log; undefined: there was no request */
export function problemDocument(error: AppError, requestId?: string): ProblemDocument {
  const problem = problemOf(error);
  const { code, title, status, retry_after_s, limit } = problem;
  const instance = requestId === undefined ? {} : { instance: requestId };
  return {
    status: status < 400 ? 409 : status,
    title,
    headers: {
      'content-type': 'application/problem+json',
      ...(retry_after_s === undefined ? {} : { 'retry-after': String(Math.ceil(retry_after_s)) }),
      ...(limit === undefined ? {} : rateLimitHeaders([limit])),
      ...(code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
    },
    body: JSON.stringify({ type: `urn:pantry-queue:problem:${code}`, ...instance, ...problem }),
  };
}

/** @param more headers: `Allow` of a 405 */
export function problemResponse(
  error: AppError,
  requestId: string,
  more: Readonly<Record<string, string>> = {},
): Response {
  const { status, headers, body } = problemDocument(error, requestId);
  return new Response(body, { status, headers: { ...NO_STORE, ...headers, ...more } });
}

/** An error inside an answer: one file's of many. */
export function problemWithin(error: AppError): Problem {
  return problemOf(error);
}

/** An answer as JSON; never cached, since the next one may differ. */
export function jsonResponse(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...NO_STORE, ...headers },
  });
}
