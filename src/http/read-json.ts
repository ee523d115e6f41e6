import { invalidArgument } from '../contract/check-input.ts';
import { cleanLine, quoted } from '../contract/clean-text.ts';
import { AppError, isAppError } from '../contract/errors.ts';
import { LIMITS } from '../contract/policies.ts';
import { repeatedKey } from '../contract/repeated-key.ts';
import { bodyOf, refuseCompressed } from './body.ts';
import type { Call } from './route.ts';

/**
 * @returns `{}` when there is no body at all
 * @throws AppError malformed_request, unsupported_media_type, body_too_large, rate_limited
 */
export async function readJson(call: Call, maxBytes: number): Promise<unknown> {
  const bytes = await readAtMost(call, maxBytes);
  if (bytes.length === 0) return {};
  refuseOtherThanJson(call.req.raw.headers);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('malformed_request', 'The body is not valid UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AppError('malformed_request', 'The body is not valid JSON.');
  }
  if (holdsMoreValues(value, LIMITS.values)) throw tooManyValues(LIMITS.values);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw givenTwice(repeated);
  return value;
}

/** One value is meant, and which of the two nobody knows. */
export function givenTwice(name: string): AppError {
  const shown = cleanLine(name, 60);
  return invalidArgument(shown, 'repeated', `${shown} is given more than once.`);
}

export function tooManyValues(limit: number): AppError {
  return new AppError('body_too_large', `The body holds more than ${limit} values.`);
}

/** Counted before any schema looks at them: one that refuses each of a million takes seconds. */
export function holdsMoreValues(value: unknown, limit: number): boolean {
  let count = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const inner = Array.isArray(next) ? next : Object.values(next);
    count += inner.length;
    if (count > limit) return true;
    for (const each of inner) if (typeof each === 'object') open.push(each);
  }
  return false;
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

/** Bytes of large bodies that are arriving, of all calls. */
let arriving = 0;

/**
 * The body, whole. Many senders of large bodies together hold no more than `LIMITS.arrivingBytes`.
 * @throws AppError body_too_large, malformed_request when it ends early, rate_limited when there is no room now
 */
export async function readAtMost(call: Call, maxBytes: number): Promise<Uint8Array> {
  const body = bodyOf(call);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let counted = 0;
  try {
    // Leaving the loop early must not destroy the socket: the answer still goes out on it.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      size += (chunk as Uint8Array).length;
      if (size > maxBytes) throw new AppError('body_too_large', tooLarge(maxBytes));
      if (size > LIMITS.jsonBytes) {
        arriving += size - counted;
        counted = size;
        if (arriving > LIMITS.arrivingBytes) throw noRoom();
      }
      chunks.push(chunk as Uint8Array);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (isAppError(error)) throw error;
    throw new AppError('malformed_request', 'The body ends in the middle.', { cause: error });
  } finally {
    arriving -= counted;
  }
}

function tooLarge(maxBytes: number): string {
  return `The body is larger than ${Math.floor(maxBytes / 1024)} KB.`;
}

function noRoom(): AppError {
  return new AppError('rate_limited', 'Too many large bodies arrive at once.', { retryAfterS: 2 });
}
