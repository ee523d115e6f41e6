import { jsonResponse } from './problem.ts';
import type { Route } from './route.ts';

/** How the parts behind the server are; `ok` is whether calls can be accepted at all. */
export interface Readiness {
  readonly ok: boolean;
  readonly parts: Readonly<Record<string, string | null>>;
  /** Of the parts that are not well: what is wrong, and since when. */
  readonly problems?: readonly { readonly part: string; readonly message: string; readonly since: string | null }[];
}

export function healthRoutes(ready: () => Promise<Readiness>): Route[] {
  return [
    {
      method: 'GET',
      path: '/livez',
      does: undefined,
      summary: 'The process answers.',
      handle: async () => jsonResponse({ ok: true }),
    },
    {
      method: 'GET',
      path: '/readyz',
      does: undefined,
      summary:
        'The database takes writes: calls are accepted. How Temporal, the workers and the agent are is in the answer, and does not change its status.',
      async handle() {
        const readiness = await ready();
        return readiness.ok ? jsonResponse(readiness) : jsonResponse(readiness, 503, { 'retry-after': '5' });
      },
    },
  ];
}
