import { serve } from '@hono/node-server';
import { createMcpHttpHandler, type McpHttpHandler } from '../../../mcp/http.ts';
import type { Logger } from '../../../mcp/logger.ts';
import type { Principal } from '../../../src/contract/principal.ts';
import type { QueueApi } from '../../../src/contract/queue-api.ts';
import { createFakeQueue, type FakeQueue } from './fake-queue.ts';

export const PRINCIPAL: Principal = {
  tenant: 'default',
  user: 1,
  scopes: new Set(['jobs:read', 'jobs:write'] as const),
};

export interface LogLine {
  readonly level: keyof Logger;
  readonly event: string;
  readonly fields: object;
}

export function createTestLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: keyof Logger) => (fields: object, event: string) => void lines.push({ level, event, fields });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}

/** Where MCP is served. */
export interface McpPlace {
  readonly kind: 'http';
  readonly url: string;
  readonly handler: McpHttpHandler;
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  readonly log: readonly LogLine[];
  close(): Promise<void>;
}

export interface TestServer extends FakeQueue, McpPlace {}

/** The handler without any socket, over any queue: requests go straight in. */
export function serveQueue(queue: QueueApi, principal: Principal = PRINCIPAL): McpPlace {
  const logger = createTestLogger();
  const handler = createMcpHttpHandler({ queue, logger });
  const url = 'http://localhost/mcp';
  const fetch = (target: string | URL, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('host')) headers.set('host', 'localhost');
    return handler(new Request(target, { ...init, headers }), principal);
  };
  return { kind: 'http', url, handler, fetch, log: logger.lines, close: () => handler.close() };
}

/** The same over a queue that holds jobs in memory. */
export function serveInProcess(): TestServer {
  const fake = createFakeQueue();
  return { ...fake, ...serveQueue(fake.queue) };
}

/** The handler behind a real socket on a free port of the loopback address. */
export async function serveOnSocket(): Promise<TestServer> {
  const inner = serveInProcess();
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve) => {
    // As the product's own server: what arrives then only looks like a Request.
    const options = {
      fetch: (request: Request) => inner.handler(request, PRINCIPAL),
      port: 0,
      hostname: '127.0.0.1',
      overrideGlobalObjects: false,
    };
    const started = serve(options, (info) => resolve({ server: started, port: info.port }));
  });
  return {
    ...inner,
    url: `http://127.0.0.1:${port}/mcp`,
    fetch: (target, init) => fetch(target, init),
    close: async () => {
      await inner.handler.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
    },
  };
}
