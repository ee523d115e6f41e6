import { z } from 'zod';
import type { ErrorCode } from '../../contract/errors.ts';
import { idempotencyKey } from '../../contract/fields.ts';
import type { HttpMethod } from '../../contract/operation.ts';
import { IDEMPOTENCY } from '../../contract/policies.ts';
import { fieldSchema, type Json } from './schemas.ts';

/** One method of one address, as its row in the document needs it. */
export interface Address {
  readonly method: HttpMethod;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Of the path and the query. */
  readonly parameters: readonly Json[];
  readonly requestBody?: Json;
  readonly successes: Json;
  readonly errors: readonly ErrorCode[];
}

export function parameter(place: 'path' | 'query', name: string, field: z.core.$ZodType): Json {
  const { description, ...schema } = fieldSchema(name, field);
  const required = !z.safeParse(field, undefined).success;
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema };
}

/** An `EventSource` sends it by itself. */
export const LAST_EVENT_ID: Json = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'As after, which it goes before: a browser that comes back sends the id of the last event it was given.',
  schema: { type: 'string', maxLength: 1_024 },
};

export const KEY_PARAMETER = { $ref: '#/components/parameters/IdempotencyKey' } as const;

export const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same content gets the same answer for 24 hours, and acts once.',
  schema: { ...fieldSchema('Idempotency-Key', idempotencyKey), minLength: 1, maxLength: IDEMPOTENCY.maxKeyLength },
};
