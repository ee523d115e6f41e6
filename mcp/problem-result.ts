import type { CallToolResult } from '@modelcontextprotocol/server';
import { cleanLine } from '../src/contract/clean-text.ts';
import { toAppError } from '../src/contract/errors.ts';
import { problemOf } from '../src/contract/problem.ts';
import { hintForModels } from '../src/words/hints-for-models.ts';
import { cleanData } from '../src/words/untrusted.ts';

const MAX_TEXT_CHARS = 500;
/** Some of the message always stays, however long a hint is. */
const MIN_MESSAGE_CHARS = 80;

/**
 * The MCP mapper of the error table: a result the model sees and can act on, with the object HTTP sends as a problem
 * document, but for a hint that would name another door. Of an exception that is not ours only the request id gets out.
 * @param requestId names this call in the log
 */
export function problemResult(thrown: unknown, requestId: string): CallToolResult {
  const error = toAppError(thrown);
  const problem = { ...problemOf(error), hint: hintForModels(error.code, error.hint) };
  const trace = problem.code === 'internal' ? ` Request id: ${requestId}.` : '';
  const seconds = problem.retry_after_s;
  const wait = seconds === undefined || problem.hint.includes(` ${seconds} s`) ? '' : ` Wait ${seconds} s.`;
  // The message names the first wrong field only; a model that reads them all mends them in one go.
  const detail = error.fields.length > 1 ? error.fields.map(({ message }) => message).join(' ') : problem.detail;
  // The hint says what to call next, so it is what stays when the rest is long.
  const ending = `${trace}${wait} ${problem.hint}`;
  const room = Math.max(MIN_MESSAGE_CHARS, MAX_TEXT_CHARS - ending.length);
  const text = cleanLine(`${cleanLine(`${problem.code}: ${detail}`, room)}${ending}`, MAX_TEXT_CHARS);
  return {
    isError: true,
    content: [{ type: 'text', text }],
    structuredContent: cleanData({ ...problem, detail: `${problem.detail}${trace}` }),
  };
}
