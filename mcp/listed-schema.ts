import { z } from 'zod';

type JsonSchema = Record<string, unknown>;
type ObjectSchema = JsonSchema & { type: 'object' };

/**
 * What `tools/list` shows, made from a tool's own schema. Every model that may use the tools pays for each
 * byte of it in each conversation, so it holds what helps to make a call, and no more.
 */
export function listedInput(input: z.ZodObject, unlisted: readonly string[]): ObjectSchema {
  const schema = compact(z.toJSONSchema(input, { io: 'input' }));
  const shown = Object.entries(Object(schema.properties)).filter(([name]) => !unlisted.includes(name));
  return { ...schema, type: 'object', properties: Object.fromEntries(shown) };
}

const SELF_EVIDENT = new Set(['$schema', 'minLength', 'maxLength', 'pattern']);

/** Without what says nothing to a model: the dialect, and bounds that no honest call meets (each is still checked). */
function compact(schema: unknown): JsonSchema {
  if (typeof schema !== 'object' || schema === null) return {};
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key, value]) => !SELF_EVIDENT.has(key) && !(key === 'maximum' && Number(value) >= 2 ** 31 - 1))
      .map(([key, value]) => [
        key,
        key === 'properties' ? compactEach(value) : key === 'items' ? compactItem(value) : value,
      ]),
  );
}

/** The list's own description says what its entries are. */
function compactItem(schema: unknown): JsonSchema {
  const { description: _, ...entry } = compact(schema);
  return entry;
}

function compactEach(properties: unknown): JsonSchema {
  return Object.fromEntries(Object.entries(Object(properties)).map(([name, schema]) => [name, compact(schema)]));
}
