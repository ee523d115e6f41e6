import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { Tool } from './tool.ts';

/**
 * The hints a host shows before it lets a model call a tool; always all four, since what is left out counts as the
 * dangerous value, and the title again, where older hosts look for it.
 */
export const annotationsOf = ({
  title,
  effect,
  repeat,
  reachesAgent = false,
}: Pick<Tool, 'title' | 'effect' | 'repeat' | 'reachesAgent'>): Required<ToolAnnotations> => ({
  title,
  readOnlyHint: effect === 'read',
  destructiveHint: effect === 'destroy',
  idempotentHint: repeat === 'safe',
  openWorldHint: reachesAgent,
});
