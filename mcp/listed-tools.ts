import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import { operations } from '../src/contract/operations.ts';
import { ANNOTATIONS } from './annotations.ts';
import { listedInput, listedOutput } from './listed-schema.ts';
import type { Tool } from './tool.ts';
import { tools } from './tools/index.ts';

/** Servers live for one request, the list as long as the process. */
let list: ListedTool[] | undefined;

/** What `tools/list` answers. */
export function listedTools(): ListedTool[] {
  list ??= tools.map(listed);
  return list;
}

function listed(tool: Tool): ListedTool {
  const { name, effect, input, output } = operations[tool.operation];
  return {
    name,
    title: tool.title,
    description: tool.description,
    inputSchema: listedInput(input),
    annotations: ANNOTATIONS[effect],
    outputSchema: listedOutput(output, tool.lists),
  };
}
