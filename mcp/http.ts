import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import { cleanLine } from '../src/contract/clean-text.ts';
import { LIMITS } from '../src/contract/policies.ts';
import type { Principal } from '../src/contract/principal.ts';
import type { QueueApi } from '../src/contract/queue-api.ts';
import { NO_TELEMETRY, type Telemetry } from '../src/contract/telemetry.ts';
import type { Logger } from './logger.ts';
import { createMcpServer } from './server.ts';

export interface McpHttpDeps {
  readonly queue: QueueApi;
  readonly logger: Logger;
  readonly telemetry?: Telemetry;
}

export interface McpHttpHandler {
  /** Serves one request to `/mcp`. */
  (request: Request, principal: Principal): Promise<Response>;
  /** Calls that wait for a job answer with what they have; then everything else ends. Call it before the queue closes. */
  close(): Promise<void>;
}

/** Calls that were told to end have this long to answer. */
const CLOSE_GRACE_MS = 2_000;

/** Streams that wait for changes; there are none to tell yet, so a handful is plenty. */
const MAX_SUBSCRIPTIONS = 64;

/**
 * MCP over Streamable HTTP, as a web-standard handler to mount at `/mcp` behind the guard of the HTTP app, which refuses
 * strange hosts and pages and knows who calls. Every request stands alone: no session, and a server object of its own, so
 * any instance answers any call.
 */
export function createMcpHttpHandler(deps: McpHttpDeps): McpHttpHandler {
  const { queue, logger, telemetry = NO_TELEMETRY } = deps;
  const callers = new WeakMap<AuthInfo, { readonly principal: Principal; readonly origin: string }>();
  const closing = new AbortController();
  // One for every call under way.
  setMaxListeners(0, closing.signal);
  const active = new Set<Promise<Response>>();
  const handler = createMcpHandler(
    ({ authInfo, era }) => {
      const caller = authInfo && callers.get(authInfo);
      if (!caller) throw new Error('A request reached MCP without a principal.');
      const { principal, origin } = caller;
      return createMcpServer(
        { queue, logger, telemetry, principal, origin: () => origin, closing: closing.signal },
        era,
      );
    },
    {
      maxRequestBodySize: LIMITS.mcpBytes,
      maxSubscriptions: MAX_SUBSCRIPTIONS,
      onerror: (error) => logger.warn({ reason: cleanLine(error.message, 200) }, 'mcp.request_refused'),
    },
  );

  const answer = async (request: Request, principal: Principal): Promise<Response> => {
    const authInfo: AuthInfo = { token: '', clientId: principal.tenant, scopes: [...principal.scopes] };
    // The guard has let the name through by which the caller reaches us.
    callers.set(authInfo, { principal, origin: new URL(request.url).origin });
    return handler.fetch(withAccept(request), { authInfo });
  };
  const serve = (request: Request, principal: Principal): Promise<Response> => {
    const response = answer(request, principal);
    active.add(response);
    return response.finally(() => active.delete(response));
  };
  const close = async (): Promise<void> => {
    closing.abort();
    await Promise.race([Promise.allSettled(active), delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
    await handler.close();
  };
  return Object.assign(serve, { close });
}

/**
 * The revisions before 2026-07-28 want both media types named and the SDK answers 406 without. A client that takes
 * anything takes both; hosted agents were seen to send only that.
 */
function withAccept(request: Request): Request {
  const accept = request.headers.get('accept');
  if (accept !== null && !accept.includes('*/*')) return request;
  const headers = new Headers(request.headers);
  headers.set('accept', 'application/json, text/event-stream');
  const { method, body, signal, url } = request;
  // Made from its parts: servers hand in objects that only look like a Request. `duplex` is what a streamed body
  // asks for; the types do not know it.
  return new Request(url, { method, headers, body, signal, duplex: 'half' } as RequestInit);
}
