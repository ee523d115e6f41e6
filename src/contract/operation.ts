import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';

/**
 * What a call does to the world; the hints that MCP hosts show come from it.
 * - `read` changes nothing
 * - `write` adds or moves work; calling it again with the same arguments changes nothing more
 * - `destroy` ends or hides something a person may still have wanted
 */
export type Effect = 'read' | 'write' | 'destroy';

/**
 * What a principal must be allowed to do. `metrics:read` and `payloads:read` show what is of all tenants together, so they
 * are the operator's alone.
 */
export const SCOPES = ['jobs:read', 'jobs:write', 'queue:admin', 'metrics:read', 'payloads:read'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * May a call be made again whose answer was lost?
 * - `safe` the second call finds what the first has done
 * - `keyed` only with its idempotency key
 * - `never` it could be paid twice, or hit something else the second time
 */
export type Repeat = 'safe' | 'keyed' | 'never';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Do the arguments of such a call come in a JSON body? Else in the query. */
export const takesBody = (method: string): boolean => ['POST', 'PUT', 'PATCH'].includes(method);

/** What the pipeline knows of a call, whatever door it came through. */
export interface CallRow<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> {
  /** `verb_noun`, the MCP tool's name too. */
  readonly name: Name;
  /** One sentence, shown in the CLI's help and the API page. */
  readonly summary: string;
  /** Strict: an unknown field is an error, not a silent loss. */
  readonly input: Input;
  /** What it does not name never leaves. */
  readonly output: Output;
  readonly effect: Effect;
  /** What the caller must be allowed to do; undefined: any caller may. */
  readonly scope: Scope | undefined;
  /** The codes a caller must expect besides `invalid_argument`, `unknown_argument`, `unauthenticated`, `internal`. */
  readonly errors: readonly ErrorCode[];
  readonly repeat: Repeat;
  /** A flag of the input with which the call is never repeated. */
  readonly neverRepeatWith?: keyof z.infer<Input> & string;
}

/**
 * One operation of the queue, as plain data. HTTP routes, the typed client, the CLI and the MCP tools are made from
 * these rows, so a name, a field or a limit stands in one place.
 */
export interface Operation<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
> extends CallRow<Name, Input, Output> {
  /** `{field}` in the path is a field of the input; the rest comes from the JSON body (POST, PUT, PATCH), else from the query. */
  readonly http: readonly [HttpMethod, string];
  /** Of the JSON body; default `LIMITS.jsonBytes`. */
  readonly maxBodyBytes?: number;
  /** `job enqueue <receipt_id>`: words, then the fields that are positional; every other field is a `--flag`. */
  readonly cli: string;
  /** How many seconds a call may wait before it answers; absent: it waits for nothing. */
  waitsS?(input: z.infer<Input>): number;
  /** Did this call accept new work (HTTP 202), or answer with what was there (200)? Absent: it never accepts any. */
  accepted?(output: z.infer<Output>): boolean;
}

/** A call that is answered with messages, one after the other, until somebody ends it: over HTTP, server-sent events. */
export interface Stream<
  Name extends string = string,
  Input extends z.ZodObject = z.ZodObject,
  Message extends z.ZodObject = z.ZodObject,
> extends Pick<CallRow<Name, Input>, 'name' | 'summary' | 'input' | 'scope' | 'errors'> {
  readonly message: Message;
  readonly http: readonly ['GET', string];
  /** The words of its command. */
  readonly cli: string;
}

/** Declares a stream; only gives the row its exact type. */
export function stream<const Name extends string, Input extends z.ZodObject, Message extends z.ZodObject>(
  row: Stream<Name, Input, Message>,
): Stream<Name, Input, Message> {
  return row;
}

/** Declares an operation; only gives the row its exact type. */
export function operation<const Name extends string, Input extends z.ZodObject, Output extends z.ZodObject>(
  row: Operation<Name, Input, Output>,
): Operation<Name, Input, Output> {
  return row;
}

/** @param input as it was sent, checked or not */
export function isRepeatable(row: Pick<CallRow, 'repeat' | 'neverRepeatWith'>, input: unknown): boolean {
  const field = (name: string): unknown =>
    typeof input === 'object' && input !== null ? Reflect.get(input, name) : undefined;
  if (row.repeat === 'keyed') return field('idempotency') !== undefined || field('idempotency_key') !== undefined;
  if (row.neverRepeatWith !== undefined && field(row.neverRepeatWith) === true) return false;
  return row.repeat === 'safe';
}
