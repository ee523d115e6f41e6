/**
 * What hosts and the model providers behind them were seen to refuse, drop or cut in a listed tool. One tool that breaks a
 * rule can make every request of a conversation fail, so each rule looks at every schema.
 */

export type ListedTool = Readonly<Record<string, unknown>>;
type Schema = Readonly<Record<string, unknown>>;

/** As hosts call it in `mcp__server__tool`. */
const SERVER = 'pantry-queue';
const MAX_SERVER_AND_TOOL_CHARS = 59;
const MAX_FULL_NAME_CHARS = 63;
const MAX_DESCRIPTION_CHARS = 200;
const MAX_INPUT_SCHEMA_BYTES = 16_384;

const COMBINATORS = ['oneOf', 'anyOf', 'allOf', 'not', 'if', '$ref', '$defs', 'definitions', 'patternProperties'];
/** Words that say nothing about a value. */
const SILENT = ['title', 'description', 'default', 'examples'];

type SchemaRule = readonly [fault: string, isBroken: (schema: unknown) => boolean];

/** Each is asked of every schema, however deep. */
const SCHEMA_RULES: readonly SchemaRule[] = [
  ['is no object', (schema) => typeof schema !== 'object' || schema === null || Array.isArray(schema)],
  ['combines or refers', (schema) => COMBINATORS.some((word) => has(schema, word))],
  ['names a dialect', (schema) => has(schema, '$schema')],
  ['has a list of types', (schema) => Array.isArray(Object(schema).type)],
  ['may be null', (schema) => Object(schema).type === 'null' || (Object(schema).enum ?? []).includes(null)],
  ['says nothing', (schema) => Object.keys(Object(schema)).every((key) => SILENT.includes(key))],
  ['is a list without items', (schema) => Object(schema).type === 'array' && !has(schema, 'items')],
  ['has a format', (schema) => has(schema, 'format')],
];

type ToolRule = readonly [fault: string, isBroken: (tool: ListedTool) => boolean];

const TOOL_RULES: readonly ToolRule[] = [
  ['has a name that some hosts refuse', ({ name }) => !/^[a-z][a-z0-9_]*$/.test(String(name))],
  ['has a name that is cut beside the server’s', ({ name }) => tooLong(`${SERVER}${name}`, MAX_SERVER_AND_TOOL_CHARS)],
  ['has a full name that is cut', ({ name }) => tooLong(`mcp__${SERVER}__${name}`, MAX_FULL_NAME_CHARS)],
  ['has no description', ({ description }) => !description],
  ['has a description that is cut', ({ description }) => tooLong(String(description), MAX_DESCRIPTION_CHARS)],
  ['has no title', ({ title, annotations }) => !title || Object(annotations).title !== title],
  ['lacks a hint', ({ annotations }) => HINTS.some((hint) => typeof Object(annotations)[hint] !== 'boolean')],
  ['has no object as its input', ({ inputSchema }) => Object(inputSchema).type !== 'object'],
  ['takes any argument', ({ inputSchema }) => Object(inputSchema).additionalProperties !== false],
  ['has an input that is dropped', ({ inputSchema }) => bytesOf(inputSchema) > MAX_INPUT_SCHEMA_BYTES],
  ['has an argument that is not explained', ({ inputSchema }) => argumentsOf(inputSchema).some(isUnexplained)],
  ['requires a part of its output', ({ outputSchema }) => has(outputSchema, 'required')],
];

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];

const has = (schema: unknown, word: string) => Object.hasOwn(Object(schema), word);
const tooLong = (text: string, max: number) => text.length > max;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const argumentsOf = (schema: unknown): Schema[] => Object.values(Object(Object(schema).properties));
const isUnexplained = (argument: Schema) => !argument.description && !argument.enum;

/** @returns a line for each rule that the tool breaks, with the place */
export function faultsOf(tool: ListedTool): string[] {
  const { name, inputSchema, outputSchema } = tool;
  const ofTool = TOOL_RULES.filter(([, isBroken]) => isBroken(tool)).map(([fault]) => `${name} ${fault}`);
  const ofSchemas = Object.entries({ inputSchema, outputSchema })
    .filter(([, schema]) => schema !== undefined)
    .flatMap(([place, schema]) => faultsWithin(schema, `${name}.${place}`));
  return [...ofTool, ...ofSchemas];
}

function faultsWithin(schema: unknown, place: string): string[] {
  const own = SCHEMA_RULES.filter(([, isBroken]) => isBroken(schema)).map(([fault]) => `${place} ${fault}`);
  const { properties, items } = Object(schema);
  const inner = [...Object.entries(Object(properties)), ...(items === undefined ? [] : [['[]', items] as const])];
  return [...own, ...inner.flatMap(([name, each]) => faultsWithin(each, `${place}.${name}`))];
}
