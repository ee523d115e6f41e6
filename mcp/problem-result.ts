import type { CallToolResult } from '@modelcontextprotocol/server';
import { cleanLine } from '../src/contract/clean-text.ts';
import { toAppError } from '../src/contract/errors.ts';
import { problemOf } from '../src/contract/problem.ts';
import { hintForModels } from '../src/words/hints-for-models.ts';
import type { ModelCall } from '../src/words/job-for-models.ts';
import { nextAfterError } from '../src/words/next-after-error.ts';
import { resultOf, shownAnswer } from './answer.ts';

/** What happened, in characters; the hint, which says what to do, is never cut. */
const MAX_DETAIL_CHARS = 360;

/**
 * The MCP mapper of the error table: a result the model sees and can act on. Of an exception that is not ours only the
 * request id gets out.
 * @param requestId names this call in the log
 * @param refused the call, as far as it could be read
 */
export function problemResult(thrown: unknown, requestId: string, refused: ModelCall): CallToolResult {
  const { code, hint } = toAppError(thrown);
  return resultOf(
    shownAnswer({ ...problemAnswer(thrown, requestId), next: nextAfterError(code, hint, refused) }),
    true,
  );
}

/** The same before it is shown. */
export function problemAnswer(thrown: unknown, requestId: string) {
  const error = toAppError(thrown);
  const { code, detail, retryable, retry_after_s, limit, errors = [] } = problemOf(error);
  // The message names the first wrong field only; a model that reads them all mends them in one go.
  const said = errors.length > 1 ? [...new Set(errors.map(({ message }) => message))].join(' ') : detail;
  const trace = code === 'internal' ? ` Request id: ${requestId}.` : '';
  return {
    summary: `${cleanLine(`${code}: ${said}`, MAX_DETAIL_CHARS)}${trace}`,
    hint: hintForModels(code, error.hint),
    code,
    retryable,
    retry_after_s,
    limit,
    fields: errors.map(({ pointer }) => pointer.slice(1)),
  };
}
