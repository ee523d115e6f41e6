import { KEY_SCOPES } from '../contract/access-policies.ts';
import { DEFAULT_TENANT } from '../contract/names.ts';
import type { Principal } from '../contract/principal.ts';
import { cookieIn, requireOwnPage } from './session-cookie.ts';

/**
 * Who calls; asked behind the guards.
 * @param address that the call came from
 * @throws AppError unauthenticated, rate_limited, ledger_unavailable
 */
export type PrincipalOf = (request: Request, address: string) => Promise<Principal>;

/** The user of a call that names none: the replaced system's default. */
const FIRST_USER = 1;

/**
 * One person's machine: every program that reaches the loopback address may do everything, for any user of the one tenant. Only
 * for a server that listens on a loopback address behind the Host and Origin guards.
 */
export function createOpenPrincipal(): () => Promise<Principal> {
  const principal: Principal = { tenant: DEFAULT_TENANT, user: FIRST_USER, scopes: new Set(KEY_SCOPES) };
  return async () => principal;
}

/**
 * Anyone who sends a key (`Authorization: Bearer pq_…`), a token of the identity provider, or the cookie of a session from a page of this server.
 * @param authenticate by the key or session, or by its absence
 */
export function createKeyPrincipal(
  authenticate: (text: string | undefined, address: string, kind: 'key' | 'session') => Promise<Principal>,
): PrincipalOf {
  return async (request, address) => {
    const header = request.headers.get('authorization');
    const cookie = header === null ? cookieIn(request) : undefined;
    if (cookie === undefined) return authenticate(bearerIn(header), address, 'key');
    requireOwnPage(request);
    return authenticate(cookie, address, 'session');
  };
}

/** @returns undefined where nothing, or something else than a bearer token, was sent */
function bearerIn(header: string | null): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}
