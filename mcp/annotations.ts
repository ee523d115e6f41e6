import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { CallRow, Effect } from '../src/contract/operation.ts';

type Hints = Required<Omit<ToolAnnotations, 'title'>>;

/** Only a write reaches out of the queue: it makes an agent read an image. */
const OF_EFFECT: Readonly<Record<Effect, Omit<Hints, 'idempotentHint'>>> = {
  read: { readOnlyHint: true, destructiveHint: false, openWorldHint: false },
  write: { readOnlyHint: false, destructiveHint: false, openWorldHint: true },
  destroy: { readOnlyHint: false, destructiveHint: true, openWorldHint: false },
};

/**
 * The hints a host shows before it lets a model call a tool; always all four, since what is left out counts as the
 * dangerous value.
 */
export const annotationsOf = ({ effect, repeat }: Pick<CallRow, 'effect' | 'repeat'>): Hints => ({
  ...OF_EFFECT[effect],
  idempotentHint: repeat !== 'never',
});
