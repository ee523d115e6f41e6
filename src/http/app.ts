import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { routePath } from 'hono/route';
import { AppError, type LimitLeft, toAppError } from '../contract/errors.ts';
import { ACTING_HEADER } from '../contract/names.ts';
import { served } from '../contract/operations.ts';
import { type Principal, requireScope } from '../contract/principal.ts';
import type { QueueApi, QueueStreams } from '../contract/queue-api.ts';
import { withSignals } from '../contract/signals.ts';
import { NO_TELEMETRY, type Telemetry } from '../contract/telemetry.ts';
import { readTraceparent } from '../contract/tracing.ts';
import type { Blobs, Cropper, Log } from '../ports.ts';
import { goneSignalOf } from './body.ts';
import { type Codec, callersAt, codecCors, codecRoutes } from './codec-route.ts';
import type { DashboardFiles } from './dashboard-files.ts';
import { eventStreamRoute, type Later } from './event-stream.ts';
import { exportRoute } from './export-route.ts';
import { type AllowedCallers, guardCaller, LOCAL_CALLERS } from './guard.ts';
import { healthRoutes, type Readiness } from './health-routes.ts';
import { imageRoute } from './image-route.ts';
import { legacyRoutes } from './legacy-routes.ts';
import { handMcp, type McpHandler } from './mcp-route.ts';
import { countRequest, type MetricsPage, metricsRoutes, operationOf } from './metrics.ts';
import { noteError } from './note-error.ts';
import { challengeOf, type OAuthResource, oauthRoutes } from './oauth.ts';
import { operationRoutes } from './operation-routes.ts';
import { pageRoutes } from './pages.ts';
import type { PrincipalOf } from './principal.ts';
import { problemResponse } from './problem.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import { createRequestLog } from './request-log.ts';
import type { Call, HttpEnv, Route } from './route.ts';
import { type SessionDeps, sessionRoutes } from './session-routes.ts';
import { type UploadDeps, uploadRoutes } from './upload-routes.ts';

export interface HttpDeps {
  readonly queue: QueueApi;
  readonly streams: QueueStreams;
  readonly blobs: Pick<Blobs, 'read'>;
  readonly cropper: Cropper;
  readonly log: Log;
  readonly telemetry?: Telemetry;
  /** Served at /metrics; absent: nothing is. */
  readonly metrics?: MetricsPage;
  readonly principalOf: PrincipalOf;
  readonly sessions?: SessionDeps['sessions'];
  /** Absent: no tokens of an identity provider are taken. */
  readonly oauth?: OAuthResource | undefined;
  /** Decrypts what Temporal stores, at an address of its own; absent: there is none. */
  readonly codec?: Codec | undefined;
  /** Uploads lie here until their form is complete; on the disk of the image store. */
  readonly spoolDir: string;
  readonly passImage: UploadDeps['passImage'];
  readonly openUpload: UploadDeps['openUpload'];
  readonly uploadPace?: UploadDeps['uploadPace'];
  readonly spoolBudget?: UploadDeps['spoolBudget'];
  ready(): Promise<Readiness>;
  /** Answers everything under /mcp, for a caller who has passed the guards. */
  readonly mcp?: McpHandler | undefined;
  /** Default: this machine's names, and no page but our own. */
  readonly allowed?: AllowedCallers;
  /** Fires when the server stops: calls that wait answer with what they have. */
  readonly closing?: AbortSignal;
  /** Default: by the clock. */
  readonly later?: Later;
  readonly version: string;
  /** Absent: there are no pages, only the API. */
  readonly dashboard?: DashboardFiles | undefined;
}

/** Anyone who passes the guards, at an address that asks nobody who calls. */
const NOBODY: Principal = { tenant: '', user: 0, scopes: new Set() };

/** On every answer; what a route sets itself stays. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** What a page of an allowed origin may read besides the body. */
const EXPOSED = ['x-request-id', 'retry-after', 'location', 'ratelimit', 'ratelimit-policy'];

/** A request id from a proxy is kept when it is harmless to write down. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/**
 * Every address of the server. In order: request id, log line, guard, who calls, scope, the route; every
 * refusal on the way is a problem document.
 */
export function createHttpApp(deps: HttpDeps): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>({ strict: false });
  const allowed = deps.allowed ?? LOCAL_CALLERS;
  const { telemetry = NO_TELEMETRY } = deps;
  const logRequest = createRequestLog(deps.log);

  app.use('*', async (call, next) => {
    const startedAt = performance.now();
    const given = call.req.header('x-request-id') ?? '';
    call.set('requestId', REQUEST_ID.test(given) ? given : randomUUID());
    return traced(telemetry, call, async () => {
      await next();
      call.header('x-request-id', call.get('requestId'));
      for (const [name, value] of Object.entries(HEADERS)) {
        if (!call.res.headers.has(name)) call.header(name, value);
      }
      // A connection that stays open would hold up the stop, and its next call would be cut.
      if (deps.closing?.aborted) call.header('connection', 'close');
      const ms = performance.now() - startedAt;
      logRequest(call, ms);
      countRequest(telemetry, call, ms);
    });
  });
  app.use('*', async (call, next) => {
    guardCaller(call.req.raw, callersAt(call.req.path, allowed, deps.codec));
    await next();
  });
  if (deps.codec) app.use(...codecCors(deps.codec));
  // Their browser asks first (OPTIONS) and shows them the answer only with these headers.
  if (allowed.origins.length > 0) app.use('*', cors({ origin: [...allowed.origins], exposeHeaders: EXPOSED }));

  const routes = routesOf(deps);
  const { mcp } = deps;
  if (mcp) {
    app.all('/mcp', async (call) => {
      call.set('operation', 'mcp');
      return handMcp(call, await identify(deps, call), mcp);
    });
  }
  // Exact addresses first: /receipts/bulk must not be taken for a receipt named bulk.
  const patterns = [...new Set(routes.map(patternOf))].sort((left, right) => fieldsIn(left) - fieldsIn(right));
  for (const pattern of patterns) {
    const here = routes.filter((route) => patternOf(route) === pattern);
    for (const route of here) {
      app.on(route.method, pattern, async (call) => {
        call.set('operation', operationOf(route));
        const principal = await admit(deps, route, call);
        return withSignals([goneSignalOf(call), deps.closing], async (signal) => {
          const acting = actingIn(call.req.header(ACTING_HEADER));
          let limits: readonly LimitLeft[] = [];
          const tellLimits = (left: readonly LimitLeft[]) => {
            limits = left;
          };
          const requestId = call.get('requestId');
          call.set('callContext', { principal, signal, acting, tellLimits, door: 'http', requestId });
          const response = await route.handle(call);
          for (const [name, value] of Object.entries(rateLimitHeaders(limits))) response.headers.set(name, value);
          return response;
        });
      });
    }
    app.all(pattern, (call) => methodNotAllowed(call, here));
  }
  app.notFound((call) => {
    const error = new AppError('not_found', 'Nothing is served at this address.');
    return problemResponse(error, call.get('requestId'));
  });
  app.onError((error, call) => {
    const known = toAppError(error);
    const requestId = call.get('requestId');
    noteError(deps.log, requestId, known);
    return problemResponse(known, requestId, challengeIn(deps, known, call));
  });
  return app;
}

/** What a client of the identity provider is told with a refusal. */
function challengeIn({ oauth }: HttpDeps, error: AppError, call: Call): Readonly<Record<string, string>> {
  if (!oauth) return {};
  const sent = call.req.header('authorization') !== undefined;
  return challengeOf(error, { path: call.req.path, sent }, oauth);
}

/** Who calls may be one step of somebody else's trace. The log lines of a request are written within its span. */
function traced({ tracing }: Telemetry, call: Call, next: () => Promise<void>): Promise<void> {
  const { method } = call.req;
  const options = {
    kind: 'server',
    parent: readTraceparent(call.req.header('traceparent')),
    facts: { 'http.request.method': method, 'pantry.request_id': call.get('requestId') },
  } as const;
  return tracing.span(`HTTP ${method}`, options, async (span) => {
    await next();
    span.note({ 'http.route': routePath(call, -1), 'http.response.status_code': call.res.status });
  });
}

/** Every address, but for /mcp. */
export function routesOf(deps: HttpDeps): Route[] {
  return [
    ...operationRoutes(deps.queue),
    eventStreamRoute({ ...deps, identify: (call) => identify(deps, call) }),
    ...oauthRoutes(deps.oauth),
    ...sessionRoutes(deps, (call) => identify(deps, call)),
    ...uploadRoutes(deps),
    imageRoute(deps),
    exportRoute(deps),
    ...legacyRoutes(deps.queue),
    ...healthRoutes(deps.ready, (call) => identify(deps, call)),
    ...metricsRoutes(deps.metrics),
    ...codecRoutes(deps.codec),
    ...pageRoutes(deps.dashboard, deps.version),
  ];
}

/** `/jobs/{job_id}` → `/jobs/:job_id` */
function patternOf({ path }: Route): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function fieldsIn(pattern: string): number {
  return pattern.split(':').length;
}

/** @throws AppError unauthenticated, forbidden, rate_limited */
async function admit(deps: HttpDeps, { does, scope, isOpen }: Route, call: Call): Promise<Principal> {
  if (isOpen) return NOBODY;
  const principal = await identify(deps, call);
  const needed = does === undefined ? scope : served[does].scope;
  if (needed !== undefined) requireScope(principal, { scope: needed });
  return principal;
}

async function identify(deps: HttpDeps, call: Call): Promise<Principal> {
  const address = call.env?.incoming?.socket.remoteAddress;
  const principal = { ...(await deps.principalOf(call.req.raw, address ?? '')), address };
  call.set('principal', principal);
  return principal;
}

function methodNotAllowed(call: Call, routes: readonly Route[]): Response {
  const allow = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
  const error = new AppError('method_not_allowed', `This address takes ${allow}.`, { hint: `Call it with ${allow}.` });
  return problemResponse(error, call.get('requestId'), { allow });
}

/** Whatever is not plainly a person's call ends no doubt. */
const actingIn = (header: string | undefined) =>
  header === undefined || header === 'person' ? undefined : ('assistant' as const);
