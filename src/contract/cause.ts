import { cleanLine } from './clean-text.ts';
import { isAppError } from './errors.ts';

const MAX_LENGTH = 400;
/** Links of a chain of causes that are written down; libraries wrap an error once or twice. */
const MAX_DEPTH = 4;

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
