import type { McpPlace } from './servers.ts';

/** What a client of 2026-07-28 can declare. */
export const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } } as const;

export interface ModernAnswer {
  readonly status: number;
  readonly result: Record<string, unknown>;
  readonly error: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> };
}

/** A request of 2026-07-28 as it stands on the wire, with the envelope that each of them carries. */
export function modernRequest(method: string, params: Record<string, unknown> = {}, capabilities: object = {}) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  };
  return { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } } as const;
}

/**
 * Such a request over HTTP: no SDK of a client stands between.
 * @param headers in place of those that belong to it
 */
export async function askModern(
  place: Pick<McpPlace, 'url' | 'fetch'>,
  method: string,
  params: Record<string, unknown> = {},
  { capabilities = {}, headers = {} }: { capabilities?: object; headers?: Record<string, string> } = {},
): Promise<ModernAnswer> {
  const name = params.taskId ?? params.name ?? params.uri;
  const response = await place.fetch(place.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': String(name) }),
      ...headers,
    },
    body: JSON.stringify(modernRequest(method, params, capabilities)),
  });
  const body = await response.text();
  const data = body.split('\n').findLast((line) => line.startsWith('data: '));
  return { status: response.status, ...JSON.parse(data?.slice('data: '.length) ?? body) };
}
