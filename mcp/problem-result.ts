import type { CallToolResult } from '@modelcontextprotocol/server';
import { AppError, problemOf, toAppError } from '../src/contract/errors.ts';
import { cleanData, cleanText } from './untrusted.ts';

const MAX_TEXT_CHARS = 500;

/**
 * The MCP mapper of the error table: a result the model sees and can act on, with the object HTTP sends as a problem
 * document. Of an exception that is not ours only the request id gets out.
 * @param requestId names this call in the log
 */
export function problemResult(thrown: unknown, requestId: string): CallToolResult {
  const known = toAppError(thrown);
  const error =
    known.code === 'internal'
      ? new AppError('internal', `${known.message} Request id: ${requestId}.`, { hint: known.hint })
      : known;
  const problem = problemOf(error);
  // The message names the first wrong field only; a model that reads them all mends them in one go.
  const detail = error.fields.length > 1 ? error.fields.map(({ message }) => message).join(' ') : problem.detail;
  const wait = problem.retry_after_s === undefined ? '' : ` Wait ${problem.retry_after_s} s.`;
  // The hint says what to call next, so it is what stays when the rest is long.
  const ending = `${wait} ${problem.hint}`;
  const beginning = cleanText(`${problem.code}: ${detail}`, Math.max(80, MAX_TEXT_CHARS - ending.length));
  return {
    isError: true,
    content: [{ type: 'text', text: cleanText(`${beginning}${ending}`, MAX_TEXT_CHARS) }],
    structuredContent: cleanData({ ...problem }),
  };
}
