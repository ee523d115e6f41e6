import type { JWTPayload } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { ALL_SCOPES, FAILED_KEYS, KEY_SCOPES } from '../../src/contract/access-policies.ts';
import { operations } from '../../src/contract/operations.ts';
import { createKeyPrincipal } from '../../src/http/principal.ts';
import { createTokenVerifier } from '../../src/identity/verify-token.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { keysOf, type SigningKey, signingKey, useIssuer } from '../identity/support/issuer.ts';
import { addReceipts } from '../support/db.ts';
import { servedRoutes } from './support/addresses.ts';
import { useHttpQueue } from './support/http-queue.ts';
import { problemOf } from './support/problem.ts';

const issuer = useIssuer();
const PUBLIC_URL = 'https://queue.example';
const METADATA = '/.well-known/oauth-protected-resource';
const scopes = new Map([
  ...ALL_SCOPES.map((scope) => [scope as string, scope] as const),
  ['receipts.read', 'jobs:read'] as const,
]);
const http = useHttpQueue((db) => {
  const { verify } = createTokenVerifier(
    {
      ...{ issuer: issuer.current.url, audiences: [`${PUBLIC_URL}/mcp`], keySetUrl: issuer.current.jwksUrl },
      ...{ algorithms: ['ES256'], claims: { user: 'user_id', tenant: 'org', scope: 'scope', scopes } },
    },
    { log: { info() {}, warn() {}, error() {} } },
  );
  return {
    principalOf: createKeyPrincipal(createAuthenticate({ db, verifyToken: verify })),
    oauth: { issuer: issuer.current.url, publicUrl: PUBLIC_URL, scopes },
  };
});
const without = useHttpQueue((db) => ({ principalOf: createKeyPrincipal(createAuthenticate({ db })) }));

let key: SigningKey;
beforeAll(async () => {
  key = await signingKey('k');
  issuer.current.answer = keysOf(key);
});
const token = (changes: JWTPayload = {}) =>
  key.sign({
    ...{ iss: issuer.current.url, aud: `${PUBLIC_URL}/mcp`, exp: Math.floor(Date.now() / 1_000) + 300 },
    ...{ user_id: 7, org: 'default', scope: 'jobs:read jobs:write' },
    ...changes,
  });
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const rpc = (text: string, method: string, params: unknown = {}) =>
  http.current.fetch('/mcp', {
    method: 'POST',
    headers: { ...bearer(text), ...JSON_TYPE },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });

describe('[S4] a token of the identity provider', () => {
  it('[S4] is taken at every door, as the user that it names, who sees their own', async () => {
    const [mine, others] = [await addReceipts(http.current.db, 1, 7), await addReceipts(http.current.db, 1, 8)].flat();
    const who = await (await http.current.fetch('/whoami', { headers: bearer(await token()) })).json();
    expect(who).toMatchObject({
      ...{ tenant: 'default', user_id: 7, key_required: true, credential: 'token', key_id: null },
      ...{ scopes: ['jobs:read', 'jobs:write'], expires_at: expect.any(String) },
    });
    for (const [id, status] of [
      [mine, 200],
      [others, 404],
    ]) {
      const response = await http.current.fetch(`/receipts/${id}`, { headers: bearer(await token()) });
      expect([id, response.status]).toEqual([id, status]);
      await response.body?.cancel();
    }
    const read = await rpc(await token(), 'resources/read', { uri: `receipt://receipts/${mine}` });
    expect(await read.text()).toContain(`receipts/${mine}`);
    const foreign = await rpc(await token(), 'resources/read', { uri: `receipt://receipts/${others}` });
    expect(await foreign.text()).toContain('error');
    const events = await http.current.fetch('/events', { headers: bearer(await token()) });
    expect(events.status).toBe(200);
    await events.body?.cancel();
  });

  it('[S3] is of the tenant that it names, and names a user of another only with act_as there', async () => {
    const [receipt_id] = await addReceipts(http.current.db, 1, 8);
    const status = async (changes: JWTPayload) => {
      const response = await http.current.fetch(`/receipts/${receipt_id}`, { headers: bearer(await token(changes)) });
      await response.body?.cancel();
      return response.status;
    };
    expect(await status({ scope: 'jobs:read act_as' })).toBe(200);
    expect(await status({ scope: 'jobs:read act_as', org: 'acme' })).toBe(404);
    expect(await status({ scope: 'jobs:read' })).toBe(404);
  });

  it('[S4] without the scope of an operation is refused and told which one of the issuer it lacks', async () => {
    for (const {
      http: [method, pattern],
      scope,
    } of Object.values(operations)) {
      if (scope === undefined || scope === 'metrics:read') continue;
      const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'receipt_id' ? '17' : 'x'));
      const others = KEY_SCOPES.filter((other) => other !== scope).join(' ');
      const response = await http.current.fetch(path, { method, headers: bearer(await token({ scope: others })) });
      expect([path, response.status]).toEqual([path, 403]);
      expect(response.headers.get('www-authenticate')).toBe(
        `Bearer error="insufficient_scope", scope="${scope}", resource_metadata="${PUBLIC_URL}${METADATA}"`,
      );
      await response.body?.cancel();
    }
  });

  it('[S4] is taken in the header only', async () => {
    const text = await token();
    for (const address of [`/queue?access_token=${text}`, `/queue?token=${text}`]) {
      expect((await http.current.fetch(address)).status).toBe(401);
    }
    const cookie = `pantry_session_${http.current.port}=${text}`;
    expect((await http.current.fetch('/queue', { headers: { cookie } })).status).toBe(401);
  });

  it('[S4] is not taken where no issuer is named', async () => {
    const response = await without.current.fetch('/queue', { headers: bearer(await token()) });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('[S4] a client without a token', () => {
  it('[S4] is told at every address where the issuer is named, at /mcp in the document of /mcp', async () => {
    for (const [method, path] of [
      ['POST', '/mcp'],
      ['GET', '/mcp'],
      ['GET', '/queue'],
      ['POST', '/jobs'],
    ] as const) {
      const answer = await http.current.fetch(path, { method });
      expect([path, answer.status]).toEqual([path, 401]);
      const of = path === '/mcp' ? '/mcp' : '';
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer scope="jobs:read jobs:write receipts.read", resource_metadata="${PUBLIC_URL}${METADATA}${of}"`,
      );
      await answer.body?.cancel();
    }
    const wrong = await http.current.fetch('/mcp', { method: 'POST', headers: bearer(await token({ aud: 'x' })) });
    expect(wrong.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token", scope=/);
    await wrong.body?.cancel();
  });

  it.each(['', '/mcp'])('[S4] reads in the document of %j which issuer it is', async (of) => {
    const answer = await http.current.fetch(`${METADATA}${of}`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        ...{ resource: `${PUBLIC_URL}${of}`, authorization_servers: [issuer.current.url] },
        ...{ scopes_supported: ['jobs:read', 'jobs:write', 'receipts.read'], bearer_methods_supported: ['header'] },
        resource_name: 'pantry-queue',
      },
    ]);
  });

  it.each(['', '/mcp', '/jobs'])('[S4] finds no document at %j where no issuer is named, as JSON', async (of) => {
    const server = of === '/jobs' ? http : without;
    const answer = await server.current.fetch(`${METADATA}${of}`);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await problemOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
  });

  it('[S4] finds it listed nowhere else', async () => {
    expect((await servedRoutes()).filter(([, path]) => path.startsWith('/.well-known'))).toEqual([]);
  });
});

describe('[S2] an address that sends wrong tokens', () => {
  it('[S2] waits after twenty of them, and costs the provider nothing', async () => {
    const asked = issuer.current.asked;
    let last: Response | undefined;
    for (let nth = 0; nth < FAILED_KEYS.burst + 2; nth++) {
      await last?.body?.cancel();
      last = await http.current.fetch('/queue', { headers: bearer(await token({ aud: 'https://other.example' })) });
    }
    expect(last?.status).toBe(429);
    expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
    await last?.body?.cancel();
    expect(issuer.current.asked - asked).toBeLessThanOrEqual(1);
  });
});
