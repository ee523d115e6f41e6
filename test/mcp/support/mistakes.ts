import type { tools } from '../../../mcp/tools/index.ts';
import type { Call } from './mechanical-repair.ts';
import { argumentsOf, notationsOf, requiredOf } from './tool-arguments.ts';

type Tool = (typeof tools)[number];

export interface Mistake {
  readonly what: string;
  readonly call: Call;
}

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const swapped = (name: string) => name.replace(/(.)(.)(.)/, '$1$3$2');

/** Slips in a name, as models make them. */
const SLIPS: readonly (readonly [what: string, slip: (name: string) => string])[] = [
  ['a letter too few', (name) => name.slice(0, -1)],
  ['two letters swapped', swapped],
  ['a plural', (name) => `${name}s`],
];

/**
 * A call that succeeds → the same with exactly one mistake, in every way that is known: what hosts write in their own way
 * and is read all the same is no mistake, and is left out by the test that finds it answered.
 */
export function mistakesIn(tool: Tool, right: Call['arguments']): Mistake[] {
  const { name } = tool;
  const called = (args: Record<string, unknown>, as = name): Call => ({ name: as, arguments: args });
  const given = Object.keys(right);
  return [
    ...[...SLIPS, ['another case', camel] as const].map(([what, slip]) => ({
      what: `${what} in the tool's name`,
      call: called(right, slip(name)),
    })),
    ...given.flatMap((argument) => ofArgument(tool, right, argument)),
    ...argumentsOf(tool)
      .filter((argument) => !given.includes(argument))
      .map((other) => ({
        what: `${other} given as well`,
        call: called({ ...right, [other]: notationsOf(tool, other).strict }),
      })),
    { what: 'an argument that no tool has', call: called({ ...right, colour: 'red' }) },
  ];
}

function ofArgument(tool: Tool, right: Call['arguments'], argument: string): Mistake[] {
  const { [argument]: value, ...others } = right;
  const called = (args: Record<string, unknown>): Call => ({ name: tool.name, arguments: args });
  const missing = argument in requiredOf(tool) ? [{ what: `${argument} missing`, call: called(others) }] : [];
  return [
    ...missing,
    ...SLIPS.map(([what, slip]) => ({
      what: `${what} in ${argument}`,
      call: called({ ...others, [slip(argument)]: value }),
    })),
    ...notationsOf(tool, argument)
      .refused.filter(isDrawn)
      .map((wrong) => ({
        what: `${argument} as ${JSON.stringify(wrong).slice(0, 40)}`,
        call: called({ ...others, [argument]: wrong }),
      })),
    ...(UNKNOWN[argument] ?? []).map((unknown) => ({
      what: `${argument} of nothing there is`,
      call: called({ ...others, [argument]: unknown }),
    })),
  ];
}

/** The refused notations are many of few kinds. */
const isDrawn = (_: unknown, place: number) => place % 2 === 0;

/** In the right form, and nobody's, or somebody else's. */
const UNKNOWN: Readonly<Record<string, readonly unknown[]>> = {
  receipt_id: [999_999, 21],
  job_id: ['ocr-999999', 'ocr-21', 'ocr-17.9'],
  batch_id: ['batch-999999'],
  receipt_ids: [[999_999]],
  confirm_token: ['v1.e30.x'],
};
