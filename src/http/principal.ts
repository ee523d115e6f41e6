import { KEY_SCOPES } from '../contract/access-policies.ts';
import { DEFAULT_TENANT } from '../contract/names.ts';
import type { Principal } from '../contract/principal.ts';

/**
 * Who calls; asked behind the guards.
 * @param address that the call came from
 * @throws AppError unauthenticated, rate_limited, ledger_unavailable
 */
export type PrincipalOf = (request: Request, address: string) => Promise<Principal>;

/** The user of a call that names none: the replaced system's default. */
const FIRST_USER = 1;

/**
 * One person's machine: whoever reaches the loopback address may do everything, for any user of the one tenant. Only
 * for a server that listens on a loopback address behind the Host and Origin guards.
 */
export function createOpenPrincipal(): () => Promise<Principal> {
  const principal: Principal = { tenant: DEFAULT_TENANT, user: FIRST_USER, scopes: new Set(KEY_SCOPES) };
  return async () => principal;
}

/**
 * Whoever sends a key: `Authorization: Bearer pq_…`.
 * @param authenticate by the key, or by its absence
 */
export function createKeyPrincipal(
  authenticate: (key: string | undefined, address: string) => Promise<Principal>,
): PrincipalOf {
  return ({ headers }, address) => authenticate(bearerIn(headers.get('authorization')), address);
}

/** @returns undefined where nothing, or something else than a bearer token, was sent */
function bearerIn(header: string | null): string | undefined {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
}
