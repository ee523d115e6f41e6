import { USUAL_SCOPES } from '../contract/access-policies.ts';
import type { AppError } from '../contract/errors.ts';
import { jsonResponse } from './problem.ts';
import type { Route } from './route.ts';

/** What clients are told who come without a token (RFC 9728). */
export interface OAuthResource {
  readonly issuer: string;
  /** `https://queue.example` */
  readonly publicUrl: string;
  /** What the scopes of the issuer stand for here. */
  readonly scopes: ReadonlyMap<string, string>;
}

/** What usual clients need: one asks its user for all that it is told of. */
const usualOf = ({ scopes }: OAuthResource): string[] =>
  [...scopes].flatMap(([theirs, ours]) => (USUAL.has(ours) ? [theirs] : []));
const USUAL: ReadonlySet<string> = new Set(USUAL_SCOPES);

const METADATA = '/.well-known/oauth-protected-resource';

/** One document for each address that clients know the server by: as a whole, and its MCP endpoint. */
const RESOURCES = ['', '/mcp'] as const;

export function oauthRoutes(resource: OAuthResource | undefined): Route[] {
  if (!resource) return [];
  return RESOURCES.map((of) => ({
    method: 'GET',
    path: `${METADATA}${of}`,
    does: undefined,
    isOpen: true,
    summary: 'Whose tokens are taken here, as OAuth clients read it (RFC 9728).',
    handle: async () =>
      jsonResponse({
        resource: `${resource.publicUrl}${of}`,
        authorization_servers: [resource.issuer],
        scopes_supported: usualOf(resource),
        bearer_methods_supported: ['header'],
        resource_name: 'pantry-queue',
      }),
  }));
}

/**
 * How a client may do better: whose token it needs, with which scopes, and what was wrong with the one that it sent.
 * @param call `sent`: it brought one
 * @returns headers; none where no token helps
 */
export function challengeOf(
  { code, scope }: AppError,
  { path, sent }: { readonly path: string; readonly sent: boolean },
  resource: OAuthResource,
): Readonly<Record<string, string>> {
  const metadata = `resource_metadata="${resource.publicUrl}${METADATA}${path === '/mcp' ? '/mcp' : ''}"`;
  if (code === 'unauthenticated') {
    const error = sent ? ['error="invalid_token"'] : [];
    return bearer([...error, `scope="${usualOf(resource).join(' ')}"`, metadata]);
  }
  const lacking = [...resource.scopes].find(([, ours]) => ours === scope)?.[0];
  if (code !== 'forbidden' || lacking === undefined) return {};
  return bearer(['error="insufficient_scope"', `scope="${lacking}"`, metadata]);
}

const bearer = (parts: readonly string[]) => ({ 'www-authenticate': `Bearer ${parts.join(', ')}` });
