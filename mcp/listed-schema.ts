import { z } from 'zod';

type JsonSchema = Record<string, unknown>;
type ObjectSchema = JsonSchema & { type: 'object' };

/**
 * What `tools/list` shows, made from the operation's own schemas. Every model that may use the tools pays for each
 * byte of it in each conversation, so it holds what helps to make a call, and no more.
 */
export function listedInput(input: z.ZodObject, unlisted: readonly string[]): ObjectSchema {
  const schema = compact(z.toJSONSchema(input, { io: 'input' }));
  const shown = Object.entries(Object(schema.properties)).filter(([name]) => !unlisted.includes(name));
  return { ...schema, type: 'object', properties: Object.fromEntries(shown) };
}

/**
 * The fields of an answer that a caller reads first. Nothing is required and `status` has no type: hosts hold error
 * results against this schema too, and a problem's `status` is a number. The structured content always holds the
 * operation's whole output.
 */
export function listedOutput(output: z.ZodObject, names: readonly string[]): ObjectSchema {
  const { properties = {} } = z.toJSONSchema(output, { io: 'output' });
  const listed = names.map((name) => [name, name === 'status' ? {} : typeOf(properties[name])]);
  return { type: 'object', properties: Object.fromEntries(listed) };
}

const SELF_EVIDENT = new Set(['$schema', 'minLength', 'maxLength']);

/** Without what says nothing to a model: the dialect, and bounds that no honest call meets (each is still checked). */
function compact(schema: unknown): JsonSchema {
  if (typeof schema !== 'object' || schema === null) return {};
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !SELF_EVIDENT.has(key) && !(key === 'maximum' && Number(value) >= 2 ** 31 - 1))
      .map(([key, value]) => [
        key,
        key === 'properties' ? compactEach(value) : key === 'items' ? compact(value) : value,
      ]),
  );
}

function compactEach(properties: unknown): JsonSchema {
  return Object.fromEntries(Object.entries(Object(properties)).map(([name, schema]) => [name, compact(schema)]));
}

/** The type alone, of what may be null both. */
function typeOf(schema: unknown): JsonSchema {
  if (typeof schema !== 'object' || schema === null) return {};
  if ('type' in schema) return { type: schema.type };
  if (!('anyOf' in schema) || !Array.isArray(schema.anyOf)) return {};
  const types = schema.anyOf.map((choice: { type?: unknown }) => choice.type);
  return types.every((type) => typeof type === 'string') ? { type: [...new Set(types)] } : {};
}
