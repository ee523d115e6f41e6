import { z } from 'zod';
import { AppError, ERRORS, type ErrorCode } from './errors.ts';

/** Beside the fields of `Problem`, a problem document over HTTP names its type and the request. */
const problemDocument = z.object({
  code: z.string(),
  detail: z.string(),
  hint: z.string(),
  retry_after_s: z.number().optional(),
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
  const { code, detail, hint, retry_after_s, errors } = parsed.data;
  return new AppError(code as ErrorCode, detail, {
    hint,
    ...(retry_after_s === undefined ? {} : { retryAfterS: retry_after_s }),
    ...(errors === undefined ? {} : { fields: errors }),
  });
}
