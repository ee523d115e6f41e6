import { McpServer } from '@modelcontextprotocol/server';
import { LIMITS } from '../src/contract/policies.ts';
import { INSTRUCTIONS } from './instructions.ts';
import { registerTool, type ToolDeps } from './register.ts';
import { tools } from './tools/index.ts';
import { VERSION } from './version.ts';

/** The list is the same for everybody and changes only with the program. */
const LIST_TTL_MS = 300_000;

/**
 * A server for one HTTP request, or for one stdio connection: nothing of a caller outlives its call. It speaks every
 * revision from 2024-11-05 to 2026-07-28; which one is the transport's affair.
 */
export function createMcpServer(deps: ToolDeps): McpServer {
  const server = new McpServer(
    // No icons: on 2026-07-28 this object travels with every single result.
    { name: 'pantry-queue', title: 'Pantry Queue: receipt OCR', version: VERSION },
    {
      instructions: INSTRUCTIONS,
      capabilities: { tools: { listChanged: false } },
      cacheHints: { 'tools/list': { ttlMs: LIST_TTL_MS, cacheScope: 'private' } },
      // Off by default in the SDK; without it a body full of tiny values costs seconds before any schema sees it.
      maxToolInputElements: LIMITS.batch * 2 + 100,
    },
  );
  for (const tool of tools) registerTool(server, tool, deps);
  return server;
}
