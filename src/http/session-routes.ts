import { z } from 'zod';
import { checkInput } from '../contract/check-input.ts';
import { whoami } from '../contract/operations/whoami.ts';
import type { Principal } from '../contract/principal.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { jsonResponse } from './problem.ts';
import { bodyValues, readQuery } from './read-input.ts';
import type { Call, Route } from './route.ts';
import { clearedCookies, cookieIn, requireOwnPage, sessionCookie } from './session-cookie.ts';

/** Opens and ends the sessions of browsers. */
export interface SessionDoor {
  open(key: string, address: string): Promise<{ principal: Principal; text: string; validS: number }>;
  end(text: string, address: string): Promise<boolean>;
}

export interface SessionDeps {
  readonly queue: Pick<QueueApi, 'whoami'>;
  /** Absent where no key is asked for: then there is nothing to sign in to. */
  readonly sessions?: SessionDoor | undefined;
}

/** What a sign-in takes. */
export const signInInput = z.strictObject({
  key: z.string().min(1).max(200).describe('The key: it begins with pq_.'),
});
export const signInOutput = whoami.output;
export const signOutOutput = z.object({ ended: z.boolean().describe('false: no session was open.') });

const nothing = z.strictObject({});

const addressOf = (call: Call) => call.env?.incoming?.socket.remoteAddress ?? '';

/** @param identify who calls, where no key is asked for */
export function sessionRoutes(
  { queue, sessions }: SessionDeps,
  identify: (call: Call) => Promise<Principal>,
): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/session',
      does: undefined,
      isOpen: true,
      summary: 'Sign a browser in with a key: the answer sets a cookie that lasts for at most 12 hours.',
      async handle(call) {
        const { key } = checkInput(signInInput, await bodyValues(signInInput, call));
        const opened = await sessions?.open(key, addressOf(call));
        const principal = opened?.principal ?? (await identify(call));
        const who = await queue.whoami({}, { principal });
        if (!opened) return jsonResponse(who);
        const cookie = sessionCookie(call.req.raw, opened.text, opened.validS);
        return jsonResponse(who, 200, { 'set-cookie': cookie });
      },
    },
    {
      method: 'DELETE',
      path: '/session',
      does: undefined,
      isOpen: true,
      summary: 'Sign this browser out: its session ends everywhere.',
      async handle(call) {
        readQuery(nothing, call);
        const text = cookieIn(call.req.raw);
        if (text !== undefined) requireOwnPage(call.req.raw);
        const ended = text !== undefined && (await sessions?.end(text, addressOf(call))) === true;
        const response = jsonResponse({ ended });
        for (const cookie of clearedCookies(call.req.raw)) response.headers.append('set-cookie', cookie);
        return response;
      },
    },
  ];
}
