import type { JWTPayload } from 'jose';
import type { KeyScope } from '../contract/access-policies.ts';
import { AppError } from '../contract/errors.ts';
import { MAX_ID } from '../contract/job.ts';
import { DEFAULT_TENANT } from '../contract/names.ts';
import type { Principal } from '../contract/principal.ts';

/** Which claims say who calls. */
export interface ClaimNames {
  readonly user: string;
  /** Undefined: everybody is of the one tenant. */
  readonly tenant: string | undefined;
  readonly scope: string;
  /** What a scope of the issuer stands for here. */
  readonly scopes: ReadonlyMap<string, KeyScope>;
}

const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * A token that was checked → who calls.
 * @throws AppError forbidden when it does not say
 */
export function principalIn(claims: JWTPayload, names: ClaimNames): Principal {
  return {
    tenant: tenantIn(claims, names.tenant),
    user: userIn(claims, names.user),
    scopes: new Set(scopesIn(claims[names.scope]).flatMap((name) => names.scopes.get(name) ?? [])),
    credential: 'token',
    ...(claims.exp === undefined ? {} : { expiresAt: new Date(claims.exp * 1_000) }),
  };
}

function userIn(claims: JWTPayload, name: string): number {
  const value = claims[name];
  const user = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : value;
  if (typeof user === 'number' && Number.isInteger(user) && user >= 1 && user <= MAX_ID) return user;
  throw unsaid(`Claim ${name} of the token must be the number of a user.`, 'JWT_USER_CLAIM');
}

function tenantIn(claims: JWTPayload, name: string | undefined): string {
  if (name === undefined) return DEFAULT_TENANT;
  const value = claims[name];
  if (typeof value === 'string' && TENANT.test(value)) return value;
  throw unsaid(`Claim ${name} of the token must be the name of a tenant.`, 'JWT_TENANT_CLAIM');
}

/** A list, or one text with spaces between its entries. */
function scopesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

const unsaid = (message: string, setting: string) =>
  new AppError('forbidden', message, {
    hint: `Let the identity provider add the claim to its access tokens, or name another one in ${setting}.`,
  });
