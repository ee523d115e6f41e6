import { saysOf } from './clients.ts';
import type { TestServer } from './servers.ts';

export interface WireAnswer {
  readonly isError: boolean;
  readonly says: string;
  readonly structured: Record<string, unknown>;
}

/** One `tools/call` as bytes on the wire: no SDK of a client stands between, so anything can be sent as arguments. */
export async function callOnWire(server: Pick<TestServer, 'url' | 'fetch'>, params: unknown): Promise<WireAnswer> {
  const response = await server.fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const body = await response.text();
  const data = body.split('\n').findLast((line) => line.startsWith('data: '));
  const { result, error } = JSON.parse(data?.slice(6) ?? body);
  if (error) throw new Error(`A protocol error: ${JSON.stringify(error)}`);
  // A picture comes without structure.
  const { structuredContent: structured = {} } = result;
  return { isError: result.isError === true, says: saysOf(structured), structured };
}
