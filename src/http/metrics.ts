import { Hono } from 'hono';
import { AppError, toAppError } from '../contract/errors.ts';
import { served } from '../contract/operations.ts';
import type { Telemetry } from '../contract/telemetry.ts';
import type { Log } from '../ports.ts';
import { type AllowedCallers, guardCaller } from './guard.ts';
import { noteError } from './note-error.ts';
import { problemResponse } from './problem.ts';
import type { Call, Route } from './route.ts';

/** The metrics of this process, as Prometheus reads them. */
export interface MetricsPage {
  readonly contentType: string;
  read(): Promise<string>;
}

const answer = async ({ contentType, read }: MetricsPage) =>
  new Response(await read(), { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });

export function metricsRoutes(page: MetricsPage | undefined): Route[] {
  if (page === undefined) return [];
  return [
    {
      method: 'GET',
      path: '/metrics',
      does: undefined,
      scope: 'metrics:read',
      summary: 'Metrics of this server and of the whole queue, all tenants together, for Prometheus.',
      handle: () => answer(page),
    },
  ];
}

/** A port that serves the metrics and nothing else: it asks nobody for a key, and lets nobody do anything. */
export function createMetricsApp(page: MetricsPage, allowed: AllowedCallers, log: Log): Hono {
  const app = new Hono();
  app.use('*', async (call, next) => {
    guardCaller(call.req.raw, allowed);
    await next();
  });
  app.get('/metrics', () => answer(page));
  app.notFound((call) => {
    const isMetrics = call.req.path === '/metrics';
    const error = isMetrics
      ? new AppError('method_not_allowed', 'This address takes GET, HEAD.', { hint: 'Call it with GET.' })
      : new AppError('not_found', 'Only /metrics is served at this port.');
    return problemResponse(error, 'none', isMetrics ? { allow: 'GET, HEAD' } : {});
  });
  app.onError((error) => {
    const known = toAppError(error);
    noteError(log, 'none', known);
    return problemResponse(known, 'none');
  });
  return app;
}

/** What a route is called in the metrics: its operation, or the kind of address that it is. */
export function operationOf({ does, path }: Pick<Route, 'does' | 'path'>): string {
  if (does !== undefined) return served[does].name;
  if (path === '/metrics') return 'metrics';
  if (path === '/session') return 'session';
  return path === '/livez' || path === '/readyz' ? 'health' : 'page';
}

/** Counts a request that has been answered. */
export function countRequest({ metrics }: Telemetry, call: Call, ms: number): void {
  const operation = call.get('operation') ?? 'none';
  metrics.add('pantry_http_requests_total', { operation, class: `${Math.floor(call.res.status / 100)}xx` });
  metrics.observe('pantry_http_request_seconds', { operation }, ms / 1_000);
}
