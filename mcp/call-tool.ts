import { randomUUID } from 'node:crypto';
import type {
  CallToolResult,
  ClientCapabilities,
  InputRequiredResult,
  ServerContext,
} from '@modelcontextprotocol/server';
import { causeText, faultOf } from '../src/contract/cause.ts';
import { quoted } from '../src/contract/clean-text.ts';
import { AppError, ERRORS, toAppError } from '../src/contract/errors.ts';
import type { LabelsOf } from '../src/contract/metrics.ts';
import { nearestName } from '../src/contract/nearest.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';
import { withSignals } from '../src/contract/signals.ts';
import { NO_TELEMETRY, type Telemetry } from '../src/contract/telemetry.ts';
import { readTraceparent, type Span } from '../src/contract/tracing.ts';
import type { ModelCall } from '../src/words/job-for-models.ts';
import { resultOf } from './answer.ts';
import type { Logger } from './logger.ts';
import { MAX_WAIT_S, MAX_WAIT_WITH_PROGRESS_S } from './patience.ts';
import { canAskPerson, personsAnswer, QuestionForPerson, questionResult } from './person.ts';
import type { LocalPhotos } from './photos/local-photos.ts';
import { problemResult } from './problem-result.ts';
import { startProgress } from './progress.ts';
import type { Tool, ToolContext } from './tool.ts';
import { type Offer, offeredTools } from './tools/offered.ts';
import { callUnderOldName } from './tools/old-names.ts';

export interface ToolDeps extends Offer {
  readonly queue: QueueApi;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
  /** Fires when the server stops: calls that wait for a job answer with what they have. */
  readonly closing?: AbortSignal;
  readonly photos?: LocalPhotos;
  /** What an older client has declared on this connection; absent: nothing is known of it. */
  readonly clientCapabilities?: () => ClientCapabilities | undefined;
  readonly origin?: ToolContext['origin'];
}

/** How the person that was asked has answered no, or not at all. */
const NOT_AGREED = { summary: 'The person has not agreed, so nothing was changed.' };

/**
 * The one seam between MCP and the operations: arguments, progress, questions to a person, errors, and the log, number and
 * span of every call.
 * @param arrived the arguments as they arrived
 */
export function callTool(
  name: string,
  arrived: unknown,
  context: ServerContext,
  deps: ToolDeps,
): Promise<CallToolResult | InputRequiredResult> {
  // A host that traces names its own span; over HTTP the request's span is the next best.
  const parent = readTraceparent(context.mcpReq._meta?.traceparent);
  const { tracing } = deps.telemetry ?? NO_TELEMETRY;
  return tracing.span('MCP tools/call', { kind: 'server', parent }, (span) =>
    answerCall(name, arrived, context, deps, span),
  );
}

async function answerCall(
  name: string,
  arrived: unknown,
  context: ServerContext,
  deps: ToolDeps,
  span: Span,
): Promise<CallToolResult | InputRequiredResult> {
  const { metrics } = deps.telemetry ?? NO_TELEMETRY;
  const { logger, principal, queue, photos, origin } = deps;
  const requestId = randomUUID();
  const beganAt = performance.now();
  const facts = () => ({ tool: known, requestId, durationMs: Math.round(performance.now() - beganAt) });
  const progress = startProgress(context);
  let refused: ModelCall = { tool: name, arguments: {} };
  /** Whatever a caller makes up is named neither in numbers nor in the log. */
  let known = 'other';
  let outcome: LabelsOf<'pantry_mcp_calls_total'>['outcome'] = 'ok';
  try {
    const { name: nameNow, sent } = callUnderOldName(name, arrived) ?? { name, sent: arrived };
    const tool = toolNamed(nameNow, offeredTools(deps));
    known = tool.name;
    span.note({ 'mcp.tool': known, 'pantry.request_id': requestId });
    refused = { tool: tool.name, arguments: tool.argumentsIn(sent) };
    const said = personsAnswer(context, tool.name);
    if (said?.agrees === false) return resultOf(NOT_AGREED);
    const maxWaitS = progress ? MAX_WAIT_WITH_PROGRESS_S : MAX_WAIT_S;
    // They only end a wait: a lost connection never undoes work that was accepted.
    const shown = await withSignals([context.mcpReq.signal, deps.closing], (signal) =>
      tool.call(queue, said?.arguments ?? sent, {
        principal,
        // What a person has agreed to is the person's word.
        acting: said ? undefined : 'assistant',
        door: 'mcp',
        canAsk: said === undefined && canAskPerson(context, deps.clientCapabilities?.()),
        signal,
        traceparent: span.traceparent,
        tell: progress?.tell,
        maxWaitS,
        photos,
        origin,
      }),
    );
    logger.info({ ...facts(), jobId: shown.job_id, batchId: shown.batch_id }, 'mcp.tool_called');
    return tool.result(shown);
  } catch (error) {
    if (error instanceof QuestionForPerson) {
      outcome = 'asked';
      logger.info(facts(), 'mcp.person_asked');
      return questionResult(error);
    }
    const { code } = toAppError(error);
    outcome = ERRORS[code].http < 500 ? 'refused' : 'failed';
    span.note({ 'error.type': code });
    if (code === 'internal') logger.error({ ...facts(), code, ...faultOf(error) }, 'mcp.tool_broke');
    else logger.info({ ...facts(), code, cause: causeText(toAppError(error)) }, 'mcp.tool_refused');
    return problemResult(error, requestId, refused);
  } finally {
    progress?.stop();
    metrics.add('pantry_mcp_calls_total', { tool: known, outcome });
    metrics.observe('pantry_mcp_call_seconds', { tool: known }, (performance.now() - beganAt) / 1_000);
  }
}

function toolNamed(name: string, offered: readonly Tool[]): Tool {
  const found = offered.find((tool) => tool.name === name);
  if (found) return found;
  const names = offered.map((tool) => tool.name);
  const near = nearestName(name, names);
  const guess = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new AppError(
    'tool_not_found',
    `${name === '' ? 'The call names no tool.' : `There is no tool ${quoted(name)}.`}${guess} Tools: ${names.join(', ')}.`,
  );
}
