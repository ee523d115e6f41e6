import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import { problemExample } from './problem-examples.ts';
import { type Json, refTo } from './schemas.ts';

const statusOf = (code: ErrorCode): number => ERRORS[code].http;

/** What any call may be answered with. */
const EVERYWHERE: readonly ErrorCode[] = [
  'invalid_argument',
  'unknown_argument',
  'malformed_request',
  'request_timeout',
  'unauthenticated',
  'forbidden',
  'issuer_unavailable',
  'rate_limited',
  'internal',
];
/** What a call that brings a body may be answered with besides. */
const WITH_BODY: readonly ErrorCode[] = ['unsupported_media_type', 'body_too_large'];

/** @returns the codes that a call may be refused with, each once */
export function refusalsOf(errors: readonly ErrorCode[], bringsBody: boolean): ErrorCode[] {
  return [...new Set([...EVERYWHERE, ...(bringsBody ? WITH_BODY : []), ...errors])];
}

/** One response a status; under it an example of each code that has this status. */
export function problemResponses(codes: readonly ErrorCode[]): Json {
  const statuses = [...new Set(codes.map(statusOf))].sort((left, right) => left - right);
  return Object.fromEntries(
    statuses.map((status) => {
      const ofStatus = codes.filter((code) => statusOf(code) === status);
      const examples = Object.fromEntries(ofStatus.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
      return [
        String(status),
        {
          description: ofStatus.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join('; '),
          headers: { 'x-request-id': { $ref: '#/components/headers/RequestId' }, ...retryAfter(status) },
          content: { 'application/problem+json': { schema: refTo('Problem'), examples } },
        },
      ];
    }),
  );
}

function retryAfter(status: number): Json {
  if (status !== 429 && status !== 503) return {};
  return { ...headersOf(['RetryAfter']), ...(status === 503 ? {} : LIMIT_HEADERS) };
}

const headersOf = (names: readonly string[]): Json =>
  Object.fromEntries(names.map((name) => [headerName(name), { $ref: `#/components/headers/${name}` }]));

/** The examples that responses refer to. */
export function problemExamples(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(
    codes.map((code) => [code, { summary: ERRORS[code].title, value: problemExample(code) ?? {} }]),
  );
}

/** `RateLimitPolicy` → `ratelimit-policy`, `RetryAfter` → `retry-after`. */
const headerName = (name: string) => name.replace(/(?<=[a-z])(?=Policy$|After$)/g, '-').toLowerCase();

const RATE_LIMIT_HEADERS = {
  RateLimitPolicy: {
    description: 'Limits on new jobs by name: the number q, in w seconds; without w, of jobs that wait.',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What is left of each: r more are accepted, and there is more room in t seconds.',
    schema: { type: 'string' },
  },
} as const;

/** Of answers to an enqueue of an owner with limits. */
export const LIMIT_HEADERS = headersOf(Object.keys(RATE_LIMIT_HEADERS));

export const HEADERS = {
  ...RATE_LIMIT_HEADERS,
  RequestId: { description: 'Names this request in the server’s log.', schema: { type: 'string' } },
  RetryAfter: { description: 'Seconds to wait before the same call can do better.', schema: { type: 'integer' } },
} as const;

export const PROBLEM = {
  type: 'object',
  description: 'A refusal (RFC 9457). `code` is stable; `hint` says what to do next.',
  required: ['type', 'title', 'status', 'code', 'detail', 'hint', 'retryable'],
  properties: {
    type: { type: 'string', description: 'urn:pantry-queue:problem: and the code.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string', description: 'What happened, and which value.' },
    hint: { type: 'string', description: 'The next step.' },
    instance: { type: 'string', description: 'The request, as in x-request-id.' },
    retryable: { type: 'boolean', description: 'The same call can succeed later.' },
    retry_after_s: { type: 'number' },
    limit: {
      type: 'object',
      description: 'The limit that the call has reached; also the headers RateLimit-Policy and RateLimit.',
      required: ['name', 'limit', 'remaining', 'reset_s'],
      properties: {
        name: { type: 'string', description: 'As in "user-per-minute".' },
        limit: { type: 'integer' },
        remaining: { type: 'integer', description: 'How many more would have been accepted.' },
        reset_s: { type: 'integer' },
        window_s: { type: 'integer', description: 'Seconds that it counts; absent: it counts what waits.' },
      },
    },
    errors: {
      type: 'array',
      description: 'The fields that are wrong, at most 10.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer into the arguments.' },
          code: { type: 'string' },
          message: { type: 'string' },
        },
      },
    },
  },
} as const;
