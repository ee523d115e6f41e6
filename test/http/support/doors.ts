import { isDeepStrictEqual } from 'node:util';
import { CommanderError } from 'commander';
import { expect, vi } from 'vitest';
import { z } from 'zod';
import { readArguments } from '../../../mcp/arguments/host-arguments.ts';
import { MAX_WAIT_S } from '../../../mcp/patience.ts';
import { flagNameOf } from '../../../src/cli/arguments.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { usageError } from '../../../src/cli/usage.ts';
import { createQueueClient } from '../../../src/client/index.ts';
import { toAppError } from '../../../src/contract/errors.ts';
import { textKindOf } from '../../../src/contract/from-text.ts';
import { takesBody } from '../../../src/contract/operation.ts';
import { type OperationKey, operations } from '../../../src/contract/operations.ts';
import { problemOf } from '../../../src/contract/problem.ts';
import type { HttpQueue } from './http-queue.ts';
import { asTexts, type Field } from './inputs.ts';
import { INTERNAL } from './problem.ts';

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

/** @param body a refusal as its door shows it; one that tells of what is inside is a failure of the test */
function verdictOf(body: unknown): Verdict {
  expect(JSON.stringify(body)).not.toMatch(INTERNAL);
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

/**
 * An argument where everything is text.
 * @returns undefined where the texts would say something else
 */
function textsOf(key: OperationKey, name: string, json: string): string[] | undefined {
  const shape: Readonly<Record<string, Field>> = operations[key].input.shape;
  const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
  return field ? asTexts(field, { json, fits: z.safeParse(field, JSON.parse(json)).success }) : [json];
}

/** An empty part of a path, and one of dots, make another address. */
const isPart = (text: string | undefined): text is string => text !== undefined && !/^\.{0,2}$/.test(text);

const overHttp: Door = async (http, key, args) => {
  const { http: route } = operations[key];
  const [method, pattern] = route;
  const rest = new Map(args);
  let isSayable = true;
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const json = rest.get(name);
    rest.delete(name);
    const [part] = json === undefined ? [] : (textsOf(key, name, json) ?? []);
    if (!isPart(part)) isSayable = false;
    return encodeURIComponent(part ?? '');
  });
  if (!isSayable) return undefined;
  if (takesBody(method)) {
    const headers = { 'content-type': 'application/json' };
    return verdictOfResponse(await http.fetch(path, { method, headers, body: jsonOf(rest) }));
  }
  const query = new URLSearchParams();
  for (const [name, json] of rest) {
    const texts = textsOf(key, name, json);
    if (texts === undefined) return undefined;
    for (const text of texts) query.append(name, text);
  }
  return verdictOfResponse(await http.fetch(`${path}?${query}`, { method }));
};

const overClient: Door = async (http, key, args) => {
  const call: (input: never) => Promise<unknown> = createQueueClient({ url: http.url })[key];
  try {
    await call(JSON.parse(jsonOf(args)) as never);
    return OK;
  } catch (thrown) {
    const { code, message, hint, fields } = toAppError(thrown);
    return verdictOf({ code, message, hint, errors: fields });
  }
};

const toolAnswer = z.object({
  result: z.object({ isError: z.boolean().default(false), structuredContent: z.unknown() }),
});

const refusedCall = z.object({ fields: z.array(z.string()).default([]) }).loose();

/** A tool names the fields alone. */
function verdictOfTool(answer: unknown): Verdict {
  const { fields, ...rest } = refusedCall.parse(answer);
  return verdictOf({ ...rest, errors: fields.map((name) => ({ pointer: `/${name}` })) });
}

/** As a host's bytes; the clients of the SDK would not send what is no JSON value of JavaScript. */
const overMcp: Door = async (http, key, args) => {
  const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${operations[key].name}","arguments":${jsonOf(args)}}}`;
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const text = await (await http.fetch('/mcp', { method: 'POST', headers, body })).text();
  const { result } = toolAnswer.parse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text));
  return result.isError ? verdictOfTool(result.structuredContent) : OK;
};

/** The command line in this process: `words --flag=value -- positionals`. */
const overCommandLine: Door = async (http, key, args) => {
  const command = commandOf(key, args, [`--url=${http.url}`, '--json']);
  if (command === undefined) return undefined;
  const silent = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  try {
    await createProgram('0.0.0', command).parseAsync(command, { from: 'user' });
    return OK;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageError(thrown) : toAppError(thrown);
    return verdictOf(problemOf(error));
  } finally {
    for (const spy of silent) spy.mockRestore();
  }
};

/** @returns undefined where no command line says these arguments */
function commandOf(key: OperationKey, args: Arguments, more: readonly string[]): string[] | undefined {
  const parts = operations[key].cli.split(' ');
  const positionals = parts.filter((part) => /^[<[]/.test(part)).map((part) => part.replace(/[<>[\].]/g, ''));
  const shape: Readonly<Record<string, Field>> = operations[key].input.shape;
  const words: string[] = [];
  const flags = [...more];
  for (const [name, json] of args) {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const flag = `--${flagNameOf(name)}`;
    // Names are written in small letters, and no argument of a program holds a NUL.
    if (!/^[a-z][a-z0-9_]*$/.test(name) || json.includes('\\u0000')) return undefined;
    if (field && textKindOf(field) === 'flag') {
      if (json !== 'true') return undefined;
      flags.push(flag);
      continue;
    }
    const texts = textsOf(key, name, json);
    if (texts === undefined) return undefined;
    if (positionals.includes(name)) words.push(...texts);
    else flags.push(...texts.map((text) => `${flag}=${text}`));
  }
  return [...parts.filter((part) => /^[a-z]/.test(part)), ...flags, ...(words.length > 0 ? ['--', ...words] : [])];
}

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

export const doors = { http: overHttp, client: overClient, mcp: overMcp, cli: overCommandLine } as const;
