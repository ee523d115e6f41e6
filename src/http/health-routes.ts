import { isAppError } from '../contract/errors.ts';
import { type Principal, requireScope } from '../contract/principal.ts';
import { jsonResponse } from './problem.ts';
import type { Call, Route } from './route.ts';

/** How the parts behind the server are; `ok` is whether calls can be accepted at all. */
export interface Readiness {
  readonly ok: boolean;
  readonly parts: Readonly<Record<string, string | null>>;
  /** Of the parts that are not well: what is wrong, and since when. */
  readonly problems?: readonly { readonly part: string; readonly message: string; readonly since: string | null }[];
}

/**
 * For programs that watch the process, with a key or without one.
 * @param identify throws where no valid key was sent
 */
export function healthRoutes(ready: () => Promise<Readiness>, identify: (call: Call) => Promise<Principal>): Route[] {
  const maySeeParts = async (call: Call): Promise<boolean> => {
    try {
      requireScope(await identify(call), { scope: 'jobs:read' });
      return true;
    } catch (error) {
      if (isAppError(error)) return false;
      throw error;
    }
  };
  return [
    {
      method: 'GET',
      path: '/livez',
      does: undefined,
      isOpen: true,
      summary: 'The process answers.',
      handle: async () => jsonResponse({ ok: true }),
    },
    {
      method: 'GET',
      path: '/readyz',
      does: undefined,
      isOpen: true,
      summary:
        'The database takes writes: calls are accepted. How Temporal, the workers and the agent are is in the answer to callers who may read jobs, and does not change its status.',
      async handle(call) {
        const readiness = await ready();
        const { ok } = readiness;
        const told = (await maySeeParts(call)) ? readiness : { ok };
        return ok ? jsonResponse(told) : jsonResponse(told, 503, { 'retry-after': '5' });
      },
    },
  ];
}
