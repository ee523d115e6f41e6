import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readArguments } from '../../../mcp/arguments/host-arguments.ts';
import { MAX_WAIT_S } from '../../../mcp/patience.ts';
import { createQueueClient } from '../../../src/client/index.ts';
import { toAppError } from '../../../src/contract/errors.ts';
import { takesBody } from '../../../src/contract/operation.ts';
import { type OperationKey, operations } from '../../../src/contract/operations.ts';
import type { HttpQueue } from './http-queue.ts';
import { asText, type Field } from './inputs.ts';

/** What a caller acts on: the code, and the fields that it blames. */
export interface Verdict {
  readonly code: string;
  readonly pointers: readonly string[];
}

/** Arguments as JSON text, by name. */
export type Arguments = ReadonlyMap<string, string>;

/** One way in. `undefined`: this door cannot say these arguments. */
export type Door = (http: HttpQueue, key: OperationKey, args: Arguments) => Promise<Verdict | undefined>;

const problem = z.object({ code: z.string(), errors: z.array(z.object({ pointer: z.string() })).default([]) });

function verdictOf(body: unknown): Verdict {
  const { code, errors } = problem.parse(body);
  return { code, pointers: errors.map(({ pointer }) => pointer).sort() };
}

const OK: Verdict = { code: 'ok', pointers: [] };

function jsonOf(args: Arguments): string {
  return `{${[...args].map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;
}

/** An answer over HTTP; one of 500 and more is a failure of the test. */
export async function verdictOfResponse(response: Response): Promise<Verdict> {
  const text = await response.text();
  if (response.status >= 500) throw new Error(`HTTP ${response.status}: ${text}`);
  return response.ok ? OK : verdictOf(JSON.parse(text));
}

const overHttp: Door = async (http, key, args) => {
  const { http: route, input } = operations[key];
  const [method, pattern] = route;
  const shape: Readonly<Record<string, Field>> = input.shape;
  const rest = new Map(args);
  let sayable = true;
  const text = (name: string, json: string): string => {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const said = field ? asText(field, { json, fits: z.safeParse(field, JSON.parse(json)).success }) : json;
    sayable &&= said !== undefined;
    return said ?? '';
  };
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const said = text(name, rest.get(name) ?? 'null');
    // An empty part, and one of dots, make another address.
    sayable &&= rest.delete(name) && !/^\.{0,2}$/.test(said);
    return encodeURIComponent(said);
  });
  const query = takesBody(method) ? [] : [...rest].map(([name, json]): [string, string] => [name, text(name, json)]);
  if (!sayable) return undefined;
  const headers = { 'content-type': 'application/json' };
  return verdictOfResponse(
    takesBody(method)
      ? await http.fetch(path, { method, headers, body: jsonOf(rest) })
      : await http.fetch(`${path}?${new URLSearchParams(query)}`, { method }),
  );
};

const overClient: Door = async (http, key, args) => {
  const call: (input: never) => Promise<unknown> = createQueueClient({ url: http.url })[key];
  try {
    await call(JSON.parse(jsonOf(args)) as never);
    return OK;
  } catch (thrown) {
    const { code, fields } = toAppError(thrown);
    return verdictOf({ code, errors: fields });
  }
};

const toolAnswer = z.object({
  result: z.object({ isError: z.boolean().default(false), structuredContent: z.unknown() }),
});

/** As a host's bytes; the clients of the SDK would not send what is no JSON value of JavaScript. */
const overMcp: Door = async (http, key, args) => {
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${operations[key].name}","arguments":${jsonOf(args)}}}`;
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const text = await (await http.fetch('/mcp', { method: 'POST', headers, body })).text();
  const { result } = toolAnswer.parse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text));
  return result.isError ? verdictOf(result.structuredContent) : OK;
};

/**
 * What the MCP door makes of arguments that hosts write in their own way: the strict form, or its refusal.
 * @returns undefined when it reads them as they stand, like every other door
 */
export function hostReading(key: OperationKey, args: Arguments): Arguments | Verdict | undefined {
  const { name, input } = operations[key];
  const sent: unknown = JSON.parse(jsonOf(args));
  try {
    const { values } = readArguments({ tool: name, input, maxWaitS: MAX_WAIT_S }, sent);
    if (isDeepStrictEqual(values, sent)) return undefined;
    return new Map(Object.entries(values).map(([field, value]) => [field, JSON.stringify(value)]));
  } catch (thrown) {
    const { code, fields } = toAppError(thrown);
    return verdictOf({ code, errors: fields });
  }
}

export const doors = { http: overHttp, client: overClient, mcp: overMcp } as const;
