import { cleanLine } from './clean-text.ts';
import { isAppError } from './errors.ts';

const MAX_LENGTH = 400;
/** Links of a chain of causes that are written down; libraries wrap an error once or twice. */
const MAX_DEPTH = 4;
/** As many as Node keeps of a stack by itself. */
const MAX_PLACES = 10;

/**
 * What the system behind us said, in its own words: for the operator's log and for errors at start-up, never for users
 * or models.
 * @returns one clean line with the codes in front; undefined when an AppError has no cause
 */
export function causeText(error: unknown): string | undefined {
  const parts: string[] = [];
  let link: unknown = isAppError(error) ? error.cause : error;
  for (let depth = 0; link !== undefined && link !== null && depth < MAX_DEPTH; depth++) {
    const text = isAppError(link) ? link.message : textOf(link);
    if (text !== '' && !parts.includes(text)) parts.push(text);
    link = link instanceof Error ? link.cause : undefined;
  }
  return parts.length === 0 ? undefined : cleanLine(parts.join('; '), MAX_LENGTH);
}

/**
 * What the log says of a fault of our own: what was met, as `causeText` has it, and the places in the code. Never the error
 * itself, whose fields may hold the values of a row.
 */
export function faultOf(error: unknown): { readonly cause: string; readonly at: readonly string[] } {
  const met = isAppError(error) ? (error.cause ?? error) : error;
  const stack = met instanceof Error ? (met.stack ?? '') : '';
  return {
    cause: causeText(error) ?? (error instanceof Error ? error.message : String(error)),
    at: [...stack.matchAll(/^ {4}at (.+)$/gm)].slice(0, MAX_PLACES).map(([, place = '']) => place),
  };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : '';
  // A host with several addresses fails with one error for each, and no text of its own.
  const [first] = error instanceof AggregateError && error.message === '' ? error.errors : [error];
  const { message } = first instanceof Error ? first : error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = DATA_EXCEPTION.test(code) ? message.replace(QUOTED, '"…"') : message;
  return code === '' || text.includes(code) ? text : `${code} ${text}`;
}

/** PostgreSQL quotes the value in these messages, and the value may be text of a receipt. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/;
const QUOTED = /"[^"]*"?/g;
