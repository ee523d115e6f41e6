import type { InputOf, OutputOf } from '../../src/contract/queue-api.ts';
import { problemFrom, problemOfAnswer } from './problem.ts';
import { ROUTES } from './routes.generated.ts';

export type RouteKey = keyof typeof ROUTES;

const CALL_MS = 15_000;
/** Of a call that waits for something: as long as the server lets it. */
const WAITING_MS = 75_000;

interface RouteRow {
  readonly method: string;
  readonly path: string;
  readonly scope?: string;
  readonly body?: true;
  readonly waits?: true;
}

/** What a call needs beside its arguments. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Calls an operation of the queue, as the typed client does; the server checks the arguments.
 * @throws CallProblem
 */
export async function call<K extends RouteKey>(
  key: K,
  input: InputOf<K>,
  options: CallOptions = {},
): Promise<OutputOf<K>> {
  const row: RouteRow = ROUTES[key];
  const { address, rest } = addressOf(row.path, input);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.idempotencyKey !== undefined) headers['idempotency-key'] = options.idempotencyKey;
  if (row.body) {
    headers['content-type'] = 'application/json';
    const init = { method: row.method, headers, body: JSON.stringify(rest) };
    return (await request(address, init, options.signal, row.waits)) as OutputOf<K>;
  }
  const query = queryOf(rest);
  const url = query === '' ? address : `${address}?${query}`;
  return (await request(url, { method: row.method, headers }, options.signal, row.waits)) as OutputOf<K>;
}

/** Sends one request to the own server, within its time. @throws CallProblem */
export async function request(
  address: string,
  init: Omit<RequestInit, 'signal'>,
  signal?: AbortSignal,
  waits?: boolean,
): Promise<unknown> {
  const end = new AbortController();
  const abort = () => end.abort();
  const timer = setTimeout(abort, waits ? WAITING_MS : CALL_MS);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const response = await fetch(address, { ...init, redirect: 'error', signal: end.signal });
    const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
    if (!response.ok) throw problemOfAnswer(response.status, body);
    return body;
  } catch (thrown) {
    throw problemFrom(thrown);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Puts the fields that the path names into it. */
export function addressOf(
  path: string,
  input: object,
): { readonly address: string; readonly rest: Readonly<Record<string, unknown>> } {
  const rest: Record<string, unknown> = { ...input };
  const address = path.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = encodeURIComponent(String(rest[field]));
    delete rest[field];
    return value;
  });
  return { address, rest };
}

/** Lists name their field again: `status=failed&status=canceled`. */
export function queryOf(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) query.append(name, String(each));
    }
  }
  return query.toString();
}
