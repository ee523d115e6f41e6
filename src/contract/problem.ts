import { z } from 'zod';
import { AppError, ERRORS, type ErrorCode, type FieldError, type ReachedLimit } from './errors.ts';

/** The object that HTTP and MCP show; the CLI prints its message and hint. */
export interface Problem {
  readonly code: ErrorCode;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly retry_after_s?: number;
  readonly limit?: ReachedLimit;
  readonly errors?: readonly FieldError[];
}

/** Where nothing better is known. */
const RETRY_AFTER_S: Readonly<Record<number, number>> = { 429: 2, 503: 5 };

export function problemOf(error: AppError): Problem {
  const { http, retry, title } = ERRORS[error.code];
  const retryAfterS = error.retryAfterS ?? RETRY_AFTER_S[http];
  return {
    code: error.code,
    title,
    status: http,
    detail: error.message,
    hint: error.hint,
    retryable: retry === 'after' || retry === 'backoff' || retry === 'park' || error.code === 'internal',
    ...(retryAfterS === undefined ? {} : { retry_after_s: retryAfterS }),
    ...(error.limit === undefined ? {} : { limit: error.limit }),
    ...(error.fields.length === 0 ? {} : { errors: error.fields }),
  };
}

/** Beside the fields of `Problem`, a problem document over HTTP names its type and the request. */
const problemDocument = z.object({
  code: z.string(),
  detail: z.string(),
  hint: z.string(),
  retry_after_s: z.number().optional(),
  limit: z
    .object({
      name: z.string(),
      limit: z.number(),
      remaining: z.number(),
      reset_s: z.number(),
      window_s: z.number().optional(),
    })
    .optional(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
});

/**
 * A problem document that came over a wire → the error it was made from.
 * @param body anything: it is data from outside
 * @returns undefined when it is no problem document, or has a code that this version does not know
 */
export function errorFromProblem(body: unknown): AppError | undefined {
  const parsed = problemDocument.safeParse(body);
  if (!parsed.success || !Object.hasOwn(ERRORS, parsed.data.code)) return undefined;
  const { code, detail, hint, retry_after_s, limit, errors } = parsed.data;
  return new AppError(code as ErrorCode, detail, {
    hint,
    ...(retry_after_s === undefined ? {} : { retryAfterS: retry_after_s }),
    ...(limit === undefined ? {} : { limit }),
    ...(errors === undefined ? {} : { fields: errors }),
  });
}
