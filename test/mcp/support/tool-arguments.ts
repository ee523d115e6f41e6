import type { tools } from '../../../mcp/tools/index.ts';
import { FIELDS, type Notations } from './notations.ts';

type Tool = (typeof tools)[number];

/** How an argument of a tool is written; where a tool takes another form than the operations do, under `tool:name.argument`. */
export function notationsOf(tool: Tool, argument: string): Notations {
  const found = FIELDS[`tool:${tool.name}.${argument}`] ?? FIELDS[`${tool.name}.${argument}`] ?? FIELDS[argument];
  if (!found) throw new Error(`Give the argument ${argument} of ${tool.name} its notations in notations.ts.`);
  return found;
}

export const argumentsOf = (tool: Tool): string[] => Object.keys(tool.input.shape);

/** A call that is right in every argument that must be there. */
export function requiredOf(tool: Tool): Record<string, unknown> {
  const required = Object.entries(tool.input.shape).filter(([, field]) => !field.safeParse(undefined).success);
  return Object.fromEntries(required.map(([name]) => [name, notationsOf(tool, name).strict]));
}

/** What a model may send: what must be there alone, and with each other argument. */
export function callsOf(tool: Tool): Record<string, unknown>[] {
  const required = requiredOf(tool);
  const others = argumentsOf(tool).filter((name) => !(name in required));
  return [required, ...others.map((name) => ({ ...required, [name]: notationsOf(tool, name).strict }))];
}
