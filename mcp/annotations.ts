import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { Effect } from '../src/contract/operation.ts';

/**
 * The hints a host shows before it lets a model call a tool; always all four, since what is left out counts as the
 * dangerous value. Only a write reaches out of the queue: it makes an agent read an image.
 */
export const ANNOTATIONS: Readonly<Record<Effect, Required<Omit<ToolAnnotations, 'title'>>>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  write: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  destroy: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
};
