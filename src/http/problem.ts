import { type AppError, problemOf } from '../contract/errors.ts';

const NO_STORE = { 'cache-control': 'no-store' } as const;

/**
 * An error as `application/problem+json` (RFC 9457).
 * @param requestId stands as `instance`, so that a report finds its line in the log
 * @param headers more of them: `Allow` of a 405
 */
export function problemResponse(
  error: AppError,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const problem = problemOf(error);
  const body = { type: `urn:pantry-queue:problem:${problem.code}`, instance: requestId, ...problem };
  return new Response(JSON.stringify(body), {
    status: problem.status < 400 ? 409 : problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...NO_STORE,
      ...(problem.retry_after_s === undefined ? {} : { 'retry-after': String(Math.ceil(problem.retry_after_s)) }),
      ...(problem.code === 'unauthenticated' ? { 'www-authenticate': 'Bearer' } : {}),
      ...headers,
    },
  });
}

/** An answer as JSON; never cached, since the next one may differ. */
export function jsonResponse(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...NO_STORE, ...headers },
  });
}
