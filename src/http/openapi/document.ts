import { z } from 'zod';
import type { ErrorCode } from '../../contract/errors.ts';
import { type Operation, type Stream, takesBody } from '../../contract/operation.ts';
import { operations, streams } from '../../contract/operations.ts';
import { type Address, IDEMPOTENCY_KEY, KEY_PARAMETER, LAST_EVENT_ID, parameter } from './address.ts';
import { EXPORT_ADDRESS } from './exports.ts';
import { imageAddresses } from './images.ts';
import { HEADERS, LIMIT_HEADERS, PROBLEM, problemExamples, problemResponses, refusalsOf } from './problems.ts';
import { createSchemas, type Json, type Schemas, withExamples } from './schemas.ts';
import { sessionAddresses } from './sessions.ts';

const TAGS: Readonly<Record<string, string>> = {
  jobs: 'Single jobs, and many at once.',
  batches: 'Jobs that were accepted together.',
  schedules: 'When what is pending is queued by itself.',
  webhooks: 'Where events are sent, and what became of each message.',
  keys: 'Who may call, and what each key may do.',
  audit: 'Who did what.',
  whoami: 'As whom a call is made.',
  session: 'Browsers that are signed in with a key.',
  tasks: 'Jobs and batches as MCP clients follow them.',
  bulks: 'One action over many jobs, and how far it is.',
  queue: 'Counts, parts, problems; pause and resume.',
  caps: 'Limits of users, kinds and the tenant.',
  workers: 'Who works, with how many slots.',
  costs: 'What calls of the agent cost.',
  budgets: 'What they may cost.',
  events: 'What happens, as it happens.',
  reviews: 'Readings in doubt, which a person settles.',
  uploads: 'Addresses that take one photo each.',
  receipts: 'Receipts, their images and what was read in them.',
};

/**
 * The operations table as OpenAPI 3.1, with the uploads.
 * @param version of the program
 */
export function openApiDocument(version: string): Json {
  const sent = createSchemas('input');
  const given = createSchemas('output');
  const addresses = [
    ...Object.entries<Operation>(operations).map(([key, row]) => addressOf(key, row, sent, given)),
    ...Object.values<Stream>(streams).map((row) => streamAddress(row, given)),
    ...imageAddresses(given),
    EXPORT_ADDRESS,
    ...sessionAddresses(sent, given),
  ];
  const paths: Record<string, Json> = {};
  for (const address of addresses) {
    paths[address.path] = { ...paths[address.path], [address.method.toLowerCase()]: operationObject(address) };
  }
  const codes = new Set(addresses.flatMap(refusalsAt));
  return {
    openapi: '3.1.0',
    info: { title: 'pantry-queue', version, description: 'A durable queue for receipt OCR.' },
    tags: tagsOf(addresses),
    // A server on one person's machine asks for none (AUTH=open).
    security: [{ key: [] }, {}],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'A key: `pq_…`, with its scopes.' } },
      schemas: { ...given.components(), ...bodiesOf(sent), Problem: PROBLEM },
      parameters: { IdempotencyKey: IDEMPOTENCY_KEY },
      headers: HEADERS,
      examples: problemExamples([...codes].sort()),
    },
  };
}

function addressOf(key: string, row: Operation, sent: Schemas, given: Schemas): Address {
  const { name: operationId, summary, input, http, errors, repeat } = row;
  const [method, path] = http;
  const named = key.charAt(0).toUpperCase() + key.slice(1);
  // A header of its own: `KEY_PARAMETER`.
  const fields = Object.entries(input.shape).filter(([field]) => field !== 'idempotency_key');
  const inPath = fields.filter(([field]) => path.includes(`{${field}}`));
  const others = fields.filter(([field]) => !path.includes(`{${field}}`));
  const inBody = takesBody(method) ? others : [];
  const inQuery = takesBody(method) ? [] : others;
  return {
    method,
    path,
    operationId,
    summary,
    parameters: [
      ...inPath.map(([name, field]) => parameter('path', name, field)),
      ...inQuery.map(([name, field]) => parameter('query', name, field)),
      ...(repeat === 'keyed' ? [KEY_PARAMETER] : []),
    ],
    ...(inBody.length > 0 ? { requestBody: bodyOf(named, Object.fromEntries(inBody), sent) } : {}),
    successes: successes(given.named(`${named}Output`, row.output), row.accepted !== undefined),
    errors,
  };
}

function streamAddress({ name, summary, input, http, errors, message }: Stream, given: Schemas): Address {
  const [method, path] = http;
  const schema = given.named('EventMessage', message);
  const description =
    'Server-sent events without an end. `data` of each is one of these; of `event: caught_up` and `event: resync` what the stream says of itself.';
  return {
    method,
    path,
    operationId: name,
    summary,
    parameters: [...Object.entries(input.shape).map(([field, type]) => parameter('query', field, type)), LAST_EVENT_ID],
    successes: { '200': { description, content: { 'text/event-stream': { schema } } } },
    errors,
  };
}

function bodyOf(named: string, shape: z.ZodRawShape, sent: Schemas): Json {
  const body = z.strictObject(shape);
  const schema = sent.named(`${named}Input`, body);
  return { required: !body.safeParse({}).success, content: { 'application/json': { schema } } };
}

/** What callers send, with an example of each argument. */
function bodiesOf(sent: Schemas): Json {
  return Object.fromEntries(
    Object.entries(sent.components() as Readonly<Record<string, Json>>).map(([name, schema]) => [
      name,
      { ...schema, properties: withExamples(schema.properties as Json) },
    ]),
  );
}

function successes(schema: Json, accepts: boolean): Json {
  const content = { 'application/json': { schema } };
  return {
    '200': { description: accepts ? 'It was there already; nothing new was accepted.' : 'The answer.', content },
    ...(accepts ? { '202': { description: 'New work was accepted.', headers: LIMIT_HEADERS, content } } : {}),
  };
}

const refusalsAt = ({ errors, method }: Address): ErrorCode[] => refusalsOf(errors, takesBody(method));

function operationObject(address: Address): Json {
  const { operationId, summary, path, parameters, requestBody } = address;
  return {
    operationId,
    summary,
    tags: [tagOf(path)],
    parameters,
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { ...address.successes, ...problemResponses(refusalsAt(address)) },
  };
}

const tagOf = (path: string): string => path.split('/')[1] ?? '';

function tagsOf(addresses: readonly Address[]): Json[] {
  return [...new Set(addresses.map(({ path }) => tagOf(path)))].map((name) => ({
    name,
    description: TAGS[name] ?? '',
  }));
}
