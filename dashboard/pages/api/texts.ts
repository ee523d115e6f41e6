/** How one call is written at each door. A test runs every text. */
import { addressOf, queryOf } from '../../api/call.ts';
import type { ApiOperation, Values } from './operation.ts';

export type DoorName = 'curl' | 'cli' | 'typescript' | 'mcp';

export const DOOR_WORDS = {
  curl: 'curl',
  cli: 'CLI',
  typescript: 'TypeScript',
  mcp: 'MCP',
} as const satisfies Readonly<Record<DoorName, string>>;

/** Where the queue answers, and whether a key is asked for: it then stands in the environment, never in a text. */
export interface Where {
  readonly origin: string;
  readonly needsKey: boolean;
}

const KEY = 'PANTRY_QUEUE_KEY';

/** @returns undefined where that door has nothing for it */
export function textOf(door: DoorName, operation: ApiOperation, values: Values, where: Where): string | undefined {
  switch (door) {
    case 'curl':
      return curlOf(operation, values, where);
    case 'cli':
      return commandOf(operation, values, where);
    case 'typescript':
      return typescriptOf(operation, values, where);
    case 'mcp':
      return toolCallOf(operation, values);
  }
}

function curlOf({ method, path, hasBody = false }: ApiOperation, values: Values, where: Where): string {
  const { address, rest } = addressOf(path, values);
  const { idempotency_key: key, ...sent } = rest;
  const query = hasBody ? '' : queryOf(sent);
  const lines = [
    `curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(`${where.origin}${address}${query === '' ? '' : `?${query}`}`)}`,
    ...(where.needsKey ? [`-H "Authorization: Bearer $${KEY}"`] : []),
    ...(key === undefined ? [] : [`-H ${quoted(`Idempotency-Key: ${String(key)}`)}`]),
    ...(hasBody ? [`-H 'content-type: application/json'`, `-d ${quoted(JSON.stringify(sent))}`] : []),
  ];
  return lines.join(' \\\n  ');
}

function commandOf({ command, fields, isPreviewed = false }: ApiOperation, values: Values, where: Where): string {
  const given = fields.filter(({ name }) => values[name] !== undefined);
  const places = given
    .filter(({ place }) => place !== undefined)
    .sort((one, other) => (one.place ?? 0) - (other.place ?? 0))
    .flatMap(({ name }) => wordsOf(values[name]));
  const flags = given.flatMap(({ name, flag }) => {
    const value = values[name];
    if (flag === undefined || value === false) return [];
    return [value === true ? `--${flag}` : [`--${flag}`, ...wordsOf(value)].join(' ')];
  });
  // Words that come after a flag with many values would be taken for more of them.
  const words = [`pantry-queue ${command}`, ...places, ...flags, ...(isPreviewed ? ['--yes'] : [])];
  return [...words, `--url ${quoted(where.origin)}`, '--json'].join(' ');
}

/** A value on a command line. */
function wordsOf(value: unknown): string[] {
  if (value === null) return ['none'];
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) {
    return value.map((each) => quoted(String(each)));
  }
  return [quoted(typeof value === 'object' ? JSON.stringify(value) : String(value))];
}

function typescriptOf({ key }: ApiOperation, values: Values, where: Where): string {
  const options = `{ url: ${literal(where.origin)}${where.needsKey ? `, key: process.env.${KEY}` : ''} }`;
  return [
    `import { createQueueClient } from 'pantry-queue/client';`,
    '',
    `const queue = createQueueClient(${options});`,
    `console.log(await queue.${key}(${literal(values)}));`,
  ].join('\n');
}

function toolCallOf({ name, tool }: ApiOperation, values: Values): string | undefined {
  if (!tool || Object.keys(values).some((field) => !tool.includes(field))) return undefined;
  return JSON.stringify({ method: 'tools/call', params: { name, arguments: values } }, null, 2);
}

/** A word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value as TypeScript writes it. */
function literal(value: unknown): string {
  if (typeof value === 'string')
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const fields = Object.entries(value).map(([name, each]) => `${name}: ${literal(each)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
