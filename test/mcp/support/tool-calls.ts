import { tools } from '../../../mcp/tools/index.ts';
import type { GateBench } from '../../support/gate.ts';
import { asOwner } from '../../support/owner.ts';

/** What a host would show its model. */
export type Shown = Record<string, unknown> & {
  summary: string;
  next?: { tool: string; arguments: Record<string, unknown> };
};

/** Calls of tools over a real ledger, without a transport. */
export function callerOf(bench: Pick<GateBench, 'queue'>) {
  /** As a model makes it. */
  async function call(name: string, args: Record<string, unknown> = {}): Promise<Shown> {
    const tool = tools.find((each) => each.name === name);
    if (!tool) throw new Error(`No tool ${name}.`);
    return (await tool.call(bench.queue, args, { ...asOwner, acting: 'assistant', maxWaitS: 25 })) as Shown;
  }
  /** The call that an answer names, made as it stands there. */
  async function follow({ next }: Shown): Promise<Shown> {
    if (!next) throw new Error('The answer names no next call.');
    return call(next.tool, next.arguments);
  }
  return { call, follow };
}
