import { DEFAULT_TENANT } from '../contract/names.ts';
import type { Principal } from '../contract/principal.ts';

/** Who calls; asked once a request, behind the guards. */
export type PrincipalOf = (request: Request) => Promise<Principal>;

/** The user of a call that names none: the replaced system's default. */
const FIRST_USER = 1;

/**
 * One person's machine: whoever reaches the loopback address may do everything, for any user of the one tenant. Only
 * for a server that listens on a loopback address behind the Host and Origin guards.
 */
export function createOpenPrincipal(): PrincipalOf {
  const principal: Principal = {
    tenant: DEFAULT_TENANT,
    user: FIRST_USER,
    scopes: new Set(['jobs:read', 'jobs:write', 'queue:admin', 'metrics:read', 'act_as'] as const),
  };
  return async () => principal;
}
