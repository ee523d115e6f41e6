import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { takesBody } from '../contract/operation.ts';
import { type OperationKey, operations } from '../contract/operations.ts';

type Json = Record<string, unknown>;

const EVERYWHERE: readonly ErrorCode[] = ['invalid_argument', 'unknown_argument', 'internal'];

/**
 * The operations table as OpenAPI 3.1.
 * @param version of the program
 */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const key of Object.keys(operations) as OperationKey[]) {
    const [method, path] = operations[key].http;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationObject(key) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'pantry-queue', version, description: 'A durable queue for receipt OCR.' },
    paths,
    components: { schemas: { Problem: PROBLEM } },
  };
}

function operationObject(key: OperationKey): Json {
  const { name, summary, input, output, http, errors } = operations[key];
  const [method, path] = http;
  const schema = z.toJSONSchema(input, { io: 'input' }) as { properties?: Record<string, Json>; required?: string[] };
  const properties = Object.entries(schema.properties ?? {});
  const inPath = properties.filter(([field]) => path.includes(`{${field}}`));
  const others = properties.filter(([field]) => !path.includes(`{${field}}`));
  const required = (schema.required ?? []).filter((field) => others.some(([other]) => other === field));
  const parameter =
    (place: string) =>
    ([field, fieldSchema]: [string, Json]) => ({
      name: field,
      in: place,
      required: place === 'path' || (schema.required ?? []).includes(field),
      schema: fieldSchema,
    });
  return {
    operationId: name,
    summary,
    parameters: [...inPath.map(parameter('path')), ...(takesBody(method) ? [] : others.map(parameter('query')))],
    ...(takesBody(method) && others.length > 0 ? { requestBody: bodyOf(Object.fromEntries(others), required) } : {}),
    responses: { ...successes(method, z.toJSONSchema(output)), ...failures([...EVERYWHERE, ...errors]) },
  };
}

function bodyOf(properties: Json, required: string[]): Json {
  const schema = { type: 'object', properties, required, additionalProperties: false };
  return { required: required.length > 0, content: { 'application/json': { schema } } };
}

function successes(method: string, schema: unknown): Json {
  const content = { 'application/json': { schema } };
  const answer = { '200': { description: 'The answer.', content } };
  return method !== 'POST' ? answer : { ...answer, '202': { description: 'New work was accepted.', content } };
}

function failures(codes: readonly ErrorCode[]): Json {
  const statuses = [...new Set(codes.map((code) => ERRORS[code].http))];
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: codes
          .filter((code) => ERRORS[code].http === status)
          .map((code) => `${code}: ${ERRORS[code].title}`)
          .join('; '),
        content,
      },
    ]),
  );
}

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'hint', 'retryable', 'instance'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    hint: { type: 'string' },
    instance: { type: 'string' },
    retryable: { type: 'boolean' },
    retry_after_s: { type: 'number' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
} as const;
