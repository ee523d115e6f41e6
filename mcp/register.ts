import { randomUUID } from 'node:crypto';
import type { CallToolResult, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { causeText } from '../src/contract/cause.ts';
import { AppError, toAppError } from '../src/contract/errors.ts';
import { operations } from '../src/contract/operations.ts';
import type { Principal } from '../src/contract/principal.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';
import { ANNOTATIONS } from './annotations.ts';
import { listedInput, listedOutput } from './listed-schema.ts';
import type { Logger } from './logger.ts';
import { problemResult } from './problem-result.ts';
import type { Tool } from './tool.ts';

export interface ToolDeps {
  readonly queue: QueueApi;
  readonly principal: Principal;
  readonly logger: Logger;
  /** Fires when the server stops: calls that wait for a job answer with what they have. */
  readonly closing?: AbortSignal;
}

/** The one seam between the operations and MCP: schemas, hints, checks, errors and the log of every tool. */
export function registerTool(server: McpServer, tool: Tool, deps: ToolDeps): void {
  const { name, effect } = operations[tool.operation];
  server.registerTool(
    name,
    {
      title: tool.title,
      description: tool.description,
      ...schemasOf(tool),
      annotations: ANNOTATIONS[effect],
    },
    (args: unknown, context: ServerContext) => answer(tool, args, context, deps),
  );
}

async function answer(tool: Tool, args: unknown, context: ServerContext, deps: ToolDeps): Promise<CallToolResult> {
  const { name, scope } = operations[tool.operation];
  const requestId = randomUUID();
  const beganAt = performance.now();
  const facts = () => ({ tool: name, requestId, durationMs: Math.round(performance.now() - beganAt) });
  try {
    const { principal, queue, closing } = deps;
    if (!principal.scopes.has(scope)) throw new AppError('forbidden', `This call needs scope ${scope}.`);
    // It only ends a wait: a lost connection never undoes work that was accepted.
    const gone = context.mcpReq.signal;
    const signal = closing ? AbortSignal.any([gone, closing]) : gone;
    const reply = await tool.call(queue, args, { principal, signal });
    deps.logger.info({ ...facts(), jobId: reply.jobId }, 'mcp.tool_called');
    return { content: [{ type: 'text', text: reply.text }], structuredContent: reply.structured };
  } catch (error) {
    const { code, cause } = toAppError(error);
    if (code === 'internal') deps.logger.error({ ...facts(), code, err: cause ?? error }, 'mcp.tool_broke');
    else deps.logger.info({ ...facts(), code, cause: causeText(toAppError(error)) }, 'mcp.tool_refused');
    return problemResult(error, requestId);
  }
}

/** Servers live for one request, schemas as long as the process. */
const cache = new Map<Tool, ReturnType<typeof makeSchemas>>();

function schemasOf(tool: Tool): ReturnType<typeof makeSchemas> {
  const known = cache.get(tool) ?? makeSchemas(tool);
  cache.set(tool, known);
  return known;
}

function makeSchemas(tool: Tool) {
  const { input, output } = operations[tool.operation];
  return { inputSchema: listedInput(input), outputSchema: listedOutput(output, tool.lists) };
}
