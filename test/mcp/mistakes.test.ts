import { beforeAll, describe, expect, it } from 'vitest';
import { listedTools } from '../../mcp/listed-tools.ts';
import { tools } from '../../mcp/tools/index.ts';
import { ALL } from '../support/sample.ts';
import { type Call, lookUp, type Refusal, repaired } from './support/mechanical-repair.ts';
import { type Mistake, mistakesIn } from './support/mistakes.ts';
import { callsOf } from './support/tool-arguments.ts';
import { callOnWire } from './support/wire.ts';
import { useWorld } from './support/world.ts';

const world = useWorld();

/** The list as a host hands it to its model. */
const LIST = JSON.parse(JSON.stringify(listedTools()));

/** A model is given up after so many further calls. */
const MAX_REPAIRS = 3;

/** @returns the refusal as a host shows it that hands on the text only; undefined when the call was answered */
async function refusalOf(call: Call): Promise<Refusal | undefined> {
  const { isError, structured } = await callOnWire({ url: `${world.current.url}/mcp`, fetch }, call);
  return isError ? (structured as unknown as Refusal) : undefined;
}

/** @returns the last refusal; undefined when a call that the text led to was answered */
async function mend({ call }: Mistake, refusal: Refusal): Promise<Refusal | undefined> {
  let left: Refusal | undefined = refusal;
  let next: Call | undefined = call;
  for (let repairs = 0; repairs < MAX_REPAIRS && left !== undefined; repairs += 1) {
    next = repaired(next, left, LIST) ?? lookUp(left, LIST);
    if (next === undefined) return left;
    left = await refusalOf(next);
  }
  return left;
}

/** Of each tool; the full run makes mistakes in twice as many. */
const MAX_RIGHT_CALLS = ALL ? 2 : 1;
const LIMIT_MS = ALL ? 600_000 : 60_000;

/** A few calls of a tool that are answered. */
async function rightCallsOf(tool: (typeof tools)[number]): Promise<Call['arguments'][]> {
  const right: Call['arguments'][] = [];
  for (const args of callsOf(tool)) {
    if (right.length === MAX_RIGHT_CALLS) break;
    if ((await refusalOf({ name: tool.name, arguments: args })) === undefined) right.push(args);
  }
  return right;
}

describe('a call with one mistake', () => {
  const refused: { readonly mistake: Mistake; readonly refusal: Refusal }[] = [];
  beforeAll(async () => {
    for (const tool of tools) {
      for (const right of await rightCallsOf(tool)) {
        for (const mistake of mistakesIn(tool, right)) {
          const refusal = await refusalOf(mistake.call);
          if (refusal) refused.push({ mistake, refusal });
        }
      }
    }
  }, LIMIT_MS);

  it(
    '[M6] is mended from the text alone, by an agent without a mind, in at least 95 of 100 cases',
    async () => {
      const left: string[] = [];
      for (const { mistake, refusal } of refused) {
        const last = await mend(mistake, refusal);
        if (last)
          left.push(`${mistake.call.name}: ${mistake.what}: ${refusal.summary} ${refusal.hint} => ${last.summary}`);
      }
      expect(refused.length).toBeGreaterThanOrEqual(100);
      expect(left.length / refused.length, left.join('\n')).toBeLessThanOrEqual(0.05);
    },
    LIMIT_MS,
  );
});
