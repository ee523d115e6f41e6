import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import { operations } from '../src/contract/operations.ts';
import { annotationsOf } from './annotations.ts';
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
  const row = operations[tool.operation];
  const { name, input, output } = row;
  return {
    name,
    title: tool.title,
    description: tool.description,
    inputSchema: listedInput(input, tool.unlisted),
    annotations: annotationsOf(row),
    outputSchema: listedOutput(output, tool.lists),
  };
}
