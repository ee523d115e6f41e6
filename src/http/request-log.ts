import { routePath } from 'hono/route';
import type { Log } from '../ports.ts';
import type { Call } from './route.ts';

/** Lines a minute of one kind; beyond, one of a hundred stands for all. */
const WHOLE = 60;
const SAMPLE = 100;
const WINDOW_MS = 60_000;

/**
 * Logs requests, ids and numbers only: a path may hold anything, so the route's pattern stands for it. Of refusals
 * that come by the thousand (scanners, addresses that do not exist) most are left out.
 */
export function createRequestLog(log: Log, now: () => number = Date.now): (call: Call, ms: number) => void {
  let counts = new Map<string, number>();
  let since = now();

  return (call, ms) => {
    const { status } = call.res;
    const route = routePath(call, -1);
    const entry = {
      requestId: call.get('requestId'),
      method: call.req.method,
      route,
      status,
      ms: Math.round(ms * 10) / 10,
    };
    if (status < 400 || status >= 500) return log.info(entry, 'http.request');
    if (now() - since > WINDOW_MS) {
      counts = new Map();
      since = now();
    }
    const kind = `${route} ${status}`;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count <= WHOLE) log.info(entry, 'http.request');
    else if (count % SAMPLE === 0) log.info({ ...entry, stands_for: SAMPLE }, 'http.request');
  };
}
