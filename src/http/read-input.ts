import type { z } from 'zod';
import { checkInput, invalidArgument } from '../contract/check-input.ts';
import { cleanLine, quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import { textKindOf, valueFromText } from '../contract/from-text.ts';
import { LIMITS } from '../contract/policies.ts';
import { bodyOf, refuseCompressed } from './body.ts';
import type { Call } from './route.ts';

/**
 * Path and query string → checked arguments.
 * @throws AppError invalid_argument, unknown_argument
 */
export function readQuery<S extends z.ZodObject>(schema: S, call: Call): z.infer<S> {
  const query = new URL(call.req.url).searchParams;
  const path = pathValues(call);
  const texts = new Map<string, string>(path);
  for (const name of new Set(query.keys())) {
    if (texts.has(name) || query.getAll(name).length > 1) throw givenTwice(name);
    texts.set(name, query.get(name) ?? '');
  }
  return checkInput(schema, valuesOf(schema, texts));
}

/**
 * Path and JSON body → checked arguments. No body at all counts as `{}`.
 * @throws AppError invalid_argument, unknown_argument, malformed_request, unsupported_media_type, body_too_large
 */
export async function readBody<S extends z.ZodObject>(schema: S, call: Call): Promise<z.infer<S>> {
  const [inQuery] = new URL(call.req.url).searchParams.keys();
  if (inQuery !== undefined) {
    const message = `${quoted(inQuery)} stands in the address; arguments of this call go into the JSON body.`;
    throw new AppError('unknown_argument', message, {
      fields: [{ pointer: `/${cleanLine(inQuery, 60)}`, code: 'unknown', message }],
    });
  }
  const body = await readJson(call);
  const path = valuesOf(schema, new Map(pathValues(call)));
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return checkInput(schema, body);
  const repeated = Object.keys(path).find((name) => Object.hasOwn(body, name));
  if (repeated !== undefined) throw givenTwice(repeated);
  return checkInput(schema, { ...body, ...path });
}

/** Path values with their names, decoded. */
function pathValues(call: Call): [string, string][] {
  return Object.entries(call.req.param() as Record<string, string>);
}

/** Texts by name → values of the kinds that the fields take. Names that no field has stay, to be refused by name. */
export function valuesOf(schema: z.ZodObject, texts: ReadonlyMap<string, string>): Record<string, unknown> {
  const entries = [...texts].map(([name, text]): [string, unknown] => {
    const field = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined;
    return [name, field === undefined ? text : valueFromText(textKindOf(field), text)];
  });
  // Not by assignment: a name like __proto__ must become a field like any other.
  return Object.fromEntries(entries);
}

function givenTwice(name: string): AppError {
  const shown = cleanLine(name, 60);
  return invalidArgument(shown, 'repeated', `${shown} is given more than once.`);
}

async function readJson(call: Call): Promise<unknown> {
  const bytes = await readAtMost(call, LIMITS.jsonBytes);
  if (bytes.length === 0) return {};
  refuseOtherThanJson(call.req.raw.headers);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('malformed_request', 'The body is not valid UTF-8.');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError('malformed_request', 'The body is not valid JSON.');
  }
}

function refuseOtherThanJson(headers: Headers): void {
  const [type = '', ...parameters] = (headers.get('content-type') ?? '').toLowerCase().split(';');
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (type.trim() !== 'application/json') {
    throw new AppError('unsupported_media_type', `The body must be application/json, not ${quoted(type.trim())}.`);
  }
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new AppError('unsupported_media_type', 'The body must be in UTF-8.');
  }
  refuseCompressed(headers);
}

async function readAtMost(call: Call, maxBytes: number): Promise<Uint8Array> {
  const body = bodyOf(call);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop early must not destroy the socket: the answer still goes out on it.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      size += (chunk as Uint8Array).length;
      if (size > maxBytes) break;
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    throw new AppError('malformed_request', 'The body ends in the middle.', { cause: error });
  }
  if (size <= maxBytes) return Buffer.concat(chunks);
  throw new AppError('body_too_large', `The body is larger than ${Math.floor(maxBytes / 1024)} KB.`);
}
