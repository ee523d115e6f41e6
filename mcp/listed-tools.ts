import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import { annotationsOf } from './annotations.ts';
import { listedInput } from './listed-schema.ts';
import type { Tool } from './tool.ts';
import { tools } from './tools/index.ts';

/** Servers live for one request, what they list as long as the process. */
const known = new Map<Tool, ListedTool>();

/** What `tools/list` answers. */
export function listedTools(offered: readonly Tool[] = tools): ListedTool[] {
  return offered.map((tool) => {
    const shown = known.get(tool) ?? listed(tool);
    known.set(tool, shown);
    return shown;
  });
}

function listed(tool: Tool): ListedTool {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: listedInput(tool.input, tool.unlisted),
    annotations: annotationsOf(tool),
    ...(tool.isPicture ? {} : { outputSchema: OUTPUT }),
  };
}

/** Small, and nothing required: hosts hold error results against it too, and none shows it to its model. */
const OUTPUT = { type: 'object', properties: { summary: { type: 'string' }, next: { type: 'object' } } } as const;
