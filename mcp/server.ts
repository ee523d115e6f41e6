import { type McpRequestContext, McpServer, type Transport } from '@modelcontextprotocol/server';
import { carryCall, sentCall } from './arguments/carried-call.ts';
import { callTool, type ToolDeps } from './call-tool.ts';
import { serveCompletion } from './completion.ts';
import { INSTRUCTIONS, READ_ONLY } from './instructions.ts';
import { listedTools } from './listed-tools.ts';
import { servePrompts } from './prompts.ts';
import { createQueueTasks, orTask } from './queue-tasks.ts';
import { sendReadableErrors } from './readable-errors.ts';
import { serveResources } from './resources.ts';
import { declaresTasks, serveTasks, TASKS } from './tasks.ts';
import { isReadOnly, offeredTools } from './tools/offered.ts';
import { VERSION } from './version.ts';

/** These lists are the same for everybody and change only with the program. */
const OF_PROGRAM = { ttlMs: 300_000, cacheScope: 'private' } as const;

type Era = McpRequestContext['era'];

/**
 * A server for one HTTP request, or for one stdio connection: nothing of a caller outlives its call. It speaks every
 * revision from 2024-11-05 to 2026-07-28; which one is the transport's affair.
 * @param era `modern`: of 2026-07-28, which alone has tasks
 */
export function createMcpServer(deps: ToolDeps, era: Era): McpServer {
  const hasTasks = era === 'modern';
  const server = new CarryingServer(
    // No icons: on 2026-07-28 this object travels with every single result.
    { name: 'pantry-queue', title: 'Pantry Queue: receipt OCR', version: VERSION },
    {
      instructions: isReadOnly(deps) ? `${READ_ONLY}\n${INSTRUCTIONS}` : INSTRUCTIONS,
      capabilities: {
        tools: { listChanged: false },
        resources: { listChanged: false, subscribe: false },
        prompts: { listChanged: false },
        completions: {},
        ...(hasTasks ? { extensions: { [TASKS]: {} } } : {}),
      },
      // What is not named here is not kept: a job changes at any moment.
      cacheHints: { 'tools/list': OF_PROGRAM, 'prompts/list': OF_PROGRAM, 'resources/templates/list': OF_PROGRAM },
    },
  );
  // In place of the SDK's own two handlers, which check arguments by its library and answer mistakes in its words.
  server.server.setRequestHandler('tools/list', () => ({ tools: listedTools(offeredTools(deps)) }));
  server.server.setRequestHandler('tools/call', async (request, context) => {
    const { name, arguments: sent } = sentCall(request.params);
    const clientCapabilities = () => server.server.getClientCapabilities();
    const result = await callTool(name, sent, context, { ...deps, clientCapabilities });
    return hasTasks && declaresTasks(context) ? orTask(name, result, context, deps) : result;
  });
  if (hasTasks) serveTasks(server.server, createQueueTasks(deps));
  serveResources(server.server, deps);
  servePrompts(server.server, deps);
  serveCompletion(server.server, deps);
  return server;
}

class CarryingServer extends McpServer {
  override async connect(transport: Transport): Promise<void> {
    // The SDK calls a listener that is there already before its own, with the same message.
    transport.onmessage = carryCall;
    sendReadableErrors(transport);
    await super.connect(transport);
  }
}
