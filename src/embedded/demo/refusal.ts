import { z } from 'zod';
import { cleanLine } from '../../contract/clean-text.ts';
import { AppError, ERRORS, type ErrorCode } from '../../contract/errors.ts';

const problem = z.object({
  code: z.custom<ErrorCode>((code) => typeof code === 'string' && Object.hasOwn(ERRORS, code)),
  detail: z.string(),
  hint: z.string(),
});

/** A refused call as the error that the server meant; `what` says which call it was. */
export function refusal(what: string, status: number, body: string): AppError {
  const meant = problem.safeParse(parsed(body)).data;
  return meant
    ? new AppError(meant.code, `${what}: ${cleanLine(meant.detail, 300)}`, { hint: cleanLine(meant.hint, 300) })
    : new AppError('internal', `${what}: the server answered ${status} with ${cleanLine(body, 200)}`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
