import type { ClientContext } from './queue-client.ts';

export function keyHeader(key: unknown): Readonly<Record<string, string>> {
  return key === undefined ? {} : { 'idempotency-key': String(key) };
}

export function traceHeader({ traceparent }: ClientContext): Readonly<Record<string, string>> {
  return traceparent === undefined ? {} : { traceparent };
}
