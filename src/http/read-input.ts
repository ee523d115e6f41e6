import type { z } from 'zod';
import { checkInput } from '../contract/check-input.ts';
import { cleanLine, quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import { isList, type TextKind, textKindOf, valueFromText, valuesFromTexts } from '../contract/from-text.ts';
import { LIMITS } from '../contract/policies.ts';
import { givenTwice, readJson } from './read-json.ts';
import type { Call } from './route.ts';

/**
 * Path and query string → the values that they stand for, unchecked. A list names its field for each of its entries.
 * @throws AppError invalid_argument when one that is no list is given twice
 */
export function queryValues(schema: z.ZodObject, call: Call): Record<string, unknown> {
  const query = new URL(call.req.url).searchParams;
  const path = pathValues(call);
  const texts = new Map<string, string>(path);
  const lists: [string, unknown[]][] = [];
  for (const name of new Set(query.keys())) {
    const given = query.getAll(name);
    const kind = kindOf(schema, name);
    if (texts.has(name)) throw givenTwice(name);
    if (kind && isList(kind)) lists.push([name, valuesFromTexts(kind, given)]);
    else if (given.length > 1) throw givenTwice(name);
    else texts.set(name, given[0] ?? '');
  }
  return { ...valuesOf(schema, texts), ...Object.fromEntries(lists) };
}

/**
 * The same, checked: for a route whose arguments are no operation's.
 * @throws AppError invalid_argument, unknown_argument
 */
export function readQuery<S extends z.ZodObject>(schema: S, call: Call): z.infer<S> {
  return checkInput(schema, queryValues(schema, call));
}

/**
 * Path, JSON body and what came as a header → values, unchecked. No body at all counts as `{}`; what is no object is given on as it is.
 * @throws AppError invalid_argument, unknown_argument, malformed_request, unsupported_media_type, body_too_large
 */
export async function bodyValues(
  schema: z.ZodObject,
  call: Call,
  maxBytes: number = LIMITS.jsonBytes,
  inHeaders: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const [inQuery] = new URL(call.req.url).searchParams.keys();
  if (inQuery !== undefined) {
    const message = `${quoted(inQuery)} stands in the address; arguments of this call go into the JSON body.`;
    throw new AppError('unknown_argument', message, {
      fields: [{ pointer: `/${cleanLine(inQuery, 60)}`, code: 'unknown', message }],
    });
  }
  const body = await readJson(call, maxBytes);
  const path = { ...valuesOf(schema, new Map(pathValues(call))), ...inHeaders };
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const repeated = Object.keys(path).find((name) => Object.hasOwn(body, name));
  if (repeated !== undefined) throw givenTwice(repeated);
  return { ...body, ...path };
}

/** Path values with their names, decoded. */
function pathValues(call: Call): [string, string][] {
  return Object.entries(call.req.param() as Record<string, string>);
}

/** Texts by name → values of the kinds that the fields take. Names that no field has stay, to be refused by name. */
export function valuesOf(schema: z.ZodObject, texts: ReadonlyMap<string, string>): Record<string, unknown> {
  const entries = [...texts].map(([name, text]): [string, unknown] => {
    const kind = kindOf(schema, name);
    return [name, kind === undefined ? text : valueFromText(kind, text)];
  });
  // Not by assignment: a name like __proto__ must become a field like any other.
  return Object.fromEntries(entries);
}

/** @returns undefined for a name that no field has */
function kindOf(schema: z.ZodObject, name: string): TextKind | undefined {
  const field = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
  return field && textKindOf(field);
}
