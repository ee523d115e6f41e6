import { randomUUID } from 'node:crypto';
import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import { causeText, faultOf } from '../src/contract/cause.ts';
import { ERRORS, type ErrorCode, toAppError } from '../src/contract/errors.ts';
import type { CallContext } from '../src/contract/principal.ts';
import { withSignals } from '../src/contract/signals.ts';
import type { ToolDeps } from './call-tool.ts';
import { problemAnswer } from './problem-result.ts';

/** What the log says of a request. */
export type RequestFacts = Readonly<Record<string, string | undefined>>;

/**
 * One request that is not the call of a tool: a host's program reads its answer, so an error is one of JSON-RPC.
 * @throws ProtocolError as `work` throws it, or for what else it throws, by the error table
 */
export async function serveRequest<T>(
  facts: RequestFacts,
  context: ServerContext,
  { principal, logger, closing }: ToolDeps,
  work: (context: CallContext) => Promise<T>,
): Promise<T> {
  const requestId = randomUUID();
  const of = { method: context.mcpReq.method, ...facts, requestId };
  try {
    const answer = await withSignals([context.mcpReq.signal, closing], (signal) =>
      work({ principal, acting: 'assistant', door: 'mcp', signal }),
    );
    logger.info(of, 'mcp.request_served');
    return answer;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (ProtocolError.isInstance(thrown)) {
      logger.info({ ...of, code: thrown.code }, 'mcp.request_refused');
      throw thrown;
    }
    if (error.code === 'internal') logger.error({ ...of, ...faultOf(thrown) }, 'mcp.request_broke');
    else logger.info({ ...of, code: error.code, cause: causeText(error) }, 'mcp.request_refused');
    throw protocolProblem(thrown, requestId);
  }
}

function protocolProblem(thrown: unknown, requestId: string): ProtocolError {
  const { summary, hint, code, retryable, retry_after_s } = problemAnswer(thrown, requestId);
  return new ProtocolError(
    isCallers(toAppError(thrown).code) ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
    `${summary} ${hint}`,
    { code, retryable, ...(retry_after_s === undefined ? {} : { retry_after_s }) },
  );
}

/** Does the error say that the request names something wrong, or something that is not there? */
export const isCallers = (code: ErrorCode): boolean => [400, 404, 410, 413, 422].includes(ERRORS[code].http);
