import { z } from 'zod';
import { ALL_SCOPES, KEY_SCOPES, type KeyScope } from '../contract/access-policies.ts';
import { AppError } from '../contract/errors.ts';
import { TOKEN_ALGORITHMS, type TokenAlgorithm, USUAL_ALGORITHMS } from '../contract/token-policies.ts';
import type { TokenSettings } from '../identity/verify-token.ts';

const LOCAL = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Over plain http anybody on the way could change what is checked, so only this machine may be asked so. */
const secureUrl = z.url({ protocol: /^https?$/, error: 'must be an https:// address' }).refine((text) => {
  const { protocol, hostname, username, password, hash } = new URL(text);
  return (protocol === 'https:' || LOCAL.test(hostname)) && [username, password, hash].every((part) => part === '');
}, 'must be an https:// address without user and fragment; http only on this machine');

const entriesOf = (text: string) => text.split(',').map((part) => part.trim());

/** Names of claims may be addresses, as `https://shop.example/tenant`. */
const claim = (description: string) =>
  z
    .string()
    .regex(/^[\x21-\x7e]{1,256}$/, 'must be 1 to 256 characters of ASCII without spaces')
    .meta({ description });

const isOneOf = <T extends string>(values: readonly T[], text: string): text is T =>
  (values as readonly string[]).includes(text);

/** Tokens of an identity provider (OAuth 2.1), beside keys; without `JWT_ISSUER` none are taken. */
export const TOKEN_SETTINGS = {
  PUBLIC_URL: secureUrl
    .refine((text) => new URL(text).pathname === '/' && new URL(text).search === '', 'must have no path')
    .transform((text) => new URL(text).origin)
    .meta({
      description:
        'Address by which callers reach the server: `https://queue.example`. Its host counts as one of `ALLOWED_HOSTS`.',
    })
    .optional(),
  JWT_ISSUER: secureUrl
    .meta({
      description:
        'Identity provider whose access tokens are taken, as it stands in their `iss`: `https://login.example/`. Needs `AUTH=required`, `PUBLIC_URL` and `JWT_JWKS_URL` ([access.md](access.md)).',
    })
    .optional(),
  JWT_JWKS_URL: secureUrl
    .meta({ description: 'Where its public keys are: `https://login.example/.well-known/jwks.json`.' })
    .optional(),
  JWT_AUDIENCE: z
    .string()
    .transform(entriesOf)
    .refine((entries) => entries.every((entry) => /^[\x21-\x7e]{1,256}$/.test(entry)), 'must be texts without spaces')
    .meta({
      description:
        'What must stand in the `aud` of a token, one of these: `https://queue.example, api://queue`. Default: `PUBLIC_URL` and `<PUBLIC_URL>/mcp`.',
    })
    .optional(),
  JWT_ALGORITHMS: z
    .string()
    .transform(entriesOf)
    .refine(
      (entries) => entries.every((entry) => isOneOf(TOKEN_ALGORITHMS, entry)),
      `must be of ${TOKEN_ALGORITHMS.join(', ')}`,
    )
    .meta({
      description: `How tokens may be signed, of ${TOKEN_ALGORITHMS.join(', ')}. Default: ${USUAL_ALGORITHMS.join(', ')}.`,
    })
    .optional(),
  JWT_USER_CLAIM: claim('Claim that holds the number of the user who calls.').default('user_id'),
  JWT_TENANT_CLAIM: claim(
    'Claim that holds the tenant. Without it everybody who has a token is of the tenant `default`.',
  ).optional(),
  JWT_SCOPE_CLAIM: claim('Claim that holds the scopes: a list, or a text with spaces between them.').default('scope'),
  JWT_SCOPES: z
    .string()
    .transform((text) => entriesOf(text).map((pair) => pair.split('=').map((part) => part.trim())))
    .refine(
      (pairs) =>
        pairs.every(([given = '', ours = '', more]) => given && isOneOf(KEY_SCOPES, ours) && more === undefined),
      `must be scopes of the issuer with ours, as in receipts.read=jobs:read; ours are ${KEY_SCOPES.join(', ')}`,
    )
    .meta({
      description:
        'What the scopes of the issuer stand for here: `receipts.read=jobs:read, receipts.write=jobs:write`. Default: those of ours by their own names, but `metrics:read`.',
    })
    .optional(),
} as const;

export type GivenTokenSettings = z.infer<z.ZodObject<typeof TOKEN_SETTINGS>> & { readonly AUTH: 'open' | 'required' };

/**
 * @returns undefined where no tokens are taken
 * @throws AppError invalid_argument naming what is missing, or has no use
 */
export function tokensOf(settings: GivenTokenSettings): TokenSettings | undefined {
  const { JWT_ISSUER: issuer, JWT_JWKS_URL: keySetUrl, PUBLIC_URL: publicUrl, AUTH } = settings;
  if (issuer === undefined) {
    const idle = (['JWT_JWKS_URL', 'JWT_AUDIENCE', 'JWT_TENANT_CLAIM', 'JWT_SCOPES', 'JWT_ALGORITHMS'] as const).filter(
      (variable) => settings[variable] !== undefined,
    );
    if (idle.length > 0) throw unusable(['JWT_ISSUER'], `${idle.join(' and ')} is set and JWT_ISSUER is not`);
    return undefined;
  }
  if (AUTH === 'open') throw unusable(['AUTH'], 'JWT_ISSUER is set, and AUTH=open asks nobody for a token');
  if (keySetUrl === undefined || publicUrl === undefined) {
    const missing = [
      ...(keySetUrl === undefined ? ['JWT_JWKS_URL'] : []),
      ...(publicUrl === undefined ? ['PUBLIC_URL'] : []),
    ];
    throw unusable(missing, `JWT_ISSUER is set and ${missing.join(' and ')} is not`);
  }
  const named = settings.JWT_SCOPES?.map(([given = '', ours]) => [given, ours as KeyScope] as const);
  return {
    issuer,
    keySetUrl,
    audiences: settings.JWT_AUDIENCE ?? [publicUrl, `${publicUrl}/mcp`],
    algorithms: (settings.JWT_ALGORITHMS as readonly TokenAlgorithm[] | undefined) ?? USUAL_ALGORITHMS,
    claims: {
      user: settings.JWT_USER_CLAIM,
      tenant: settings.JWT_TENANT_CLAIM,
      scope: settings.JWT_SCOPE_CLAIM,
      scopes: new Map(named ?? ALL_SCOPES.map((scope) => [scope, scope] as const)),
    },
  };
}

function unusable(variables: readonly string[], message: string): AppError {
  return new AppError('invalid_argument', `${message}.`, {
    hint: 'Set AUTH=required, PUBLIC_URL, JWT_ISSUER and JWT_JWKS_URL together, or none of the JWT settings.',
    fields: variables.map((variable) => ({ pointer: `/${variable}`, code: 'setting', message })),
  });
}
