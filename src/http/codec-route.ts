import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { z } from 'zod';
import { checkInput } from '../contract/check-input.ts';
import type { WirePayload } from '../contract/wire-payload.ts';
import type { AllowedCallers } from './guard.ts';
import { jsonResponse } from './problem.ts';
import { readJson } from './read-json.ts';
import type { HttpEnv, Route } from './route.ts';

/** Where Temporal's UI and its command line have payloads decrypted: they add `/decode` to what they are told. */
const PATH = '/temporal/decode';

/** The UI asks for a page of a history at once; what the queue stores of one run is a few KB. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_PAYLOADS = 1_000;

const base64 = z.string().regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'must be base64');
const BODY = z.strictObject({
  payloads: z
    .array(z.strictObject({ metadata: z.record(z.string().max(100), base64).optional(), data: base64.optional() }))
    .max(MAX_PAYLOADS),
});

export interface Codec {
  /** Whose pages may call it, besides programs: those of Temporal's UI. */
  readonly origins: readonly string[];
  decode(payloads: readonly WirePayload[]): Promise<readonly WirePayload[]>;
}

/** Reads for those who may; nothing is encrypted for anybody here, so nobody is helped to write as the queue does. */
export function codecRoutes(codec: Codec | undefined): Route[] {
  if (codec === undefined) return [];
  return [
    {
      method: 'POST',
      path: PATH,
      does: undefined,
      scope: 'payloads:read',
      summary: 'Decrypts payloads for Temporal’s UI and command line (their codec endpoint is /temporal).',
      async handle(call) {
        const { payloads } = checkInput(BODY, await readJson(call, MAX_BYTES));
        return jsonResponse({ payloads: await codec.decode(payloads) }, 200, { 'cache-control': 'no-store' });
      },
    },
  ];
}

/** Pages of the UI may call this address and no other; other pages may not call it. */
export function callersAt(path: string, allowed: AllowedCallers, codec: Codec | undefined): AllowedCallers {
  return codec !== undefined && path === PATH ? { ...allowed, origins: codec.origins } : allowed;
}

/** What a browser asks for before a page of the UI may read the answer. */
export function codecCors({ origins }: Codec): readonly [string, MiddlewareHandler<HttpEnv>] {
  const allowHeaders = ['authorization', 'content-type', 'x-namespace'];
  return [PATH, cors({ origin: [...origins], allowMethods: ['POST'], allowHeaders, credentials: true })];
}
