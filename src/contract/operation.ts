import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';

/**
 * What a call does to the world; the hints that MCP hosts show come from it.
 * - `read` changes nothing
 * - `write` adds or moves work; calling it again with the same arguments changes nothing more
 * - `destroy` ends or hides something a person may still have wanted
 */
export type Effect = 'read' | 'write' | 'destroy';

/** What a principal must be allowed to do. */
export type Scope = 'jobs:read' | 'jobs:write' | 'queue:admin';

export type HttpMethod = 'GET' | 'POST' | 'DELETE';

/**
 * One operation of the queue, as plain data. HTTP routes, the typed client, the CLI and the MCP tools are made from
 * these rows, so a name, a field or a limit stands in one place.
 */
export interface Operation<
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
  readonly output: Output;
  readonly effect: Effect;
  readonly scope: Scope;
  /** The codes a caller must expect besides `invalid_argument`, `unknown_argument`, `unauthenticated`, `internal`. */
  readonly errors: readonly ErrorCode[];
  /** `{field}` in the path is a field of the input; the rest comes from the JSON body (POST), else from the query. */
  readonly http: readonly [HttpMethod, string];
  /** Of the JSON body; default `LIMITS.jsonBytes`. */
  readonly maxBodyBytes?: number;
  /** `job enqueue <receipt_id>`: words, then the fields that are positional; every other field is a `--flag`. */
  readonly cli: string;
}

/** Declares an operation; only gives the row its exact type. */
export function operation<const Name extends string, Input extends z.ZodObject, Output extends z.ZodObject>(
  row: Operation<Name, Input, Output>,
): Operation<Name, Input, Output> {
  return row;
}
