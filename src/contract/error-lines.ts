import { causeText } from './cause.ts';
import { cleanLine } from './clean-text.ts';
import { type AppError, ERRORS } from './errors.ts';

const MAX_LINE = 2_000;

/**
 * An error as the person at a terminal reads it: what happened, every other field that is wrong, what the system behind
 * us said, and the next step. Never a stack.
 * @param hint in the words of the place where it is read
 */
export function errorLines(error: AppError, hint = error.hint): string[] {
  const cause = causeText(error);
  return [
    `Error (${error.code}): ${error.message}`,
    ...error.fields.slice(1).map((field) => `  ${field.message}`),
    // An error of a start quotes it already.
    ...(cause === undefined || error.message.includes(cause) ? [] : [`Cause: ${cause}`]),
    // A hint of several lines is the end of a log.
    ...(internalHint(error, cause) ?? hint).split('\n'),
  ].map(harmless);
}

/** The table's hint of an unexpected error speaks of a request id, which a command does not have. */
function internalHint(error: AppError, cause: string | undefined): string | undefined {
  if (error.code !== 'internal' || error.hint !== ERRORS.internal.hint) return undefined;
  return `Run it again; if it fails the same way, report ${cause === undefined ? 'it' : 'the cause above'}.`;
}

function harmless(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return indent + cleanLine(line, MAX_LINE);
}
