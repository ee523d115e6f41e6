import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyScope } from '../../src/contract/access-policies.ts';
import type { AppError } from '../../src/contract/errors.ts';
import { TOKENS, USUAL_ALGORITHMS } from '../../src/contract/token-policies.ts';
import { keysOf, signingKey } from './support/issuer.ts';
import { useTokens } from './support/tokens.ts';

const tokens = useTokens();
const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('[S4] a token of the identity provider', () => {
  it('[S4] is the user whom its claims name, with the scopes that are ours, until it expires', async () => {
    expect(await tokens.verifier().verify(await tokens.first.sign(tokens.claims()))).toEqual({
      ...{ tenant: 'default', user: 7, credential: 'token' },
      scopes: new Set(['jobs:read', 'jobs:write']),
      expiresAt: new Date(tokens.inS(300) * 1_000),
    });
  });

  it('[S4] may name user, tenant and scopes in claims of its own', async () => {
    const scopes = new Map<string, KeyScope>([
      ['receipts.read', 'jobs:read'],
      ['receipts.admin', 'queue:admin'],
    ]);
    const names = { user: 'https://shop.example/user', tenant: 'org', scope: 'permissions', scopes };
    const token = await tokens.first.sign({
      ...tokens.claims({ org: 'acme', permissions: ['receipts.read', 'jobs:write', 7] }),
      'https://shop.example/user': '41',
    });
    expect(await tokens.verifier({ claims: names }).verify(token)).toMatchObject({
      ...{ tenant: 'acme', user: 41 },
      scopes: new Set(['jobs:read']),
    });
  });

  it('[S4] gives metrics of all tenants only where the settings name the scope', async () => {
    const token = await tokens.first.sign(tokens.claims({ scope: 'metrics:read' }));
    expect((await tokens.verifier().verify(token)).scopes).toEqual(new Set());
  });

  it.each([...USUAL_ALGORITHMS])('[S4] is taken when it is signed with %s', async (alg) => {
    const key = await signingKey('k', alg);
    tokens.issuer.answer = keysOf(key);
    expect(await tokens.refusal(await key.sign(tokens.claims(), { typ: 'at+jwt' }))).toBe('taken');
  });

  it.each([
    ['names no user', { user_id: undefined }],
    ['names a user in words', { user_id: 'auth0|17' }],
    ['names user 0', { user_id: 0 }],
    ['names a part of a user', { user_id: 1.5 }],
    ['names a user beyond all ids', { user_id: '9999999999999999' }],
  ])('[S4] that %s is refused by name of the claim, for it is valid', async (_what, changes) => {
    expect(await tokens.refusal(await tokens.first.sign(tokens.claims(changes)))).toBe(
      'forbidden: Claim user_id of the token must be the number of a user.',
    );
  });

  it.each([undefined, '', 'a b', 7, 'x'.repeat(65), "a';--"])('[S4] is refused for tenant %j', async (org) => {
    const names = { user: 'user_id', tenant: 'org', scope: 'scope', scopes: new Map() };
    const token = await tokens.first.sign(tokens.claims({ org }));
    expect(await tokens.refusal(token, { claims: names })).toBe(
      'forbidden: Claim org of the token must be the name of a tenant.',
    );
  });
});

describe('[S4] a token is refused', () => {
  const CLAIMS = [
    ['of another issuer', () => tokens.claims({ iss: 'https://evil.example' })],
    ['whose issuer has a slash more', () => tokens.claims({ iss: `${tokens.issuer.url}/` })],
    ['of no issuer', () => tokens.claims({ iss: undefined })],
    ['for another server', () => tokens.claims({ aud: 'https://other.example' })],
    [
      'for several other servers',
      () => tokens.claims({ aud: ['https://other.example', 'https://queue.example.evil.example'] }),
    ],
    ['for no server', () => tokens.claims({ aud: undefined })],
    ['that has expired', () => tokens.claims({ exp: tokens.inS(-61) })],
    ['that never expires', () => tokens.claims({ exp: undefined })],
    ['that is not valid yet', () => tokens.claims({ nbf: tokens.inS(62) })],
  ] as const;
  it.each(CLAIMS)('[S4] %s', async (_what, of) => {
    expect(await tokens.refusal(await tokens.first.sign(of()))).toMatch(/^unauthenticated: The token /);
  });

  it('[S4] only beyond a minute of difference between clocks', async () => {
    expect(
      await tokens.refusal(await tokens.first.sign(tokens.claims({ exp: tokens.inS(-58), nbf: tokens.inS(58) }))),
    ).toBe('taken');
  });

  it.each(['none', 'None', 'NONE', ''])('[S4] that is not signed: alg %j', async (alg) => {
    const token = `${b64({ alg, kid: 'first' })}.${b64(tokens.claims())}.`;
    expect(await tokens.refusal(token)).toMatch(/^unauthenticated: /);
  });

  it.each(['HS256', 'HS512'])('[S4] that is signed by %s with the public key as a secret', async (alg) => {
    const body = `${b64({ alg, kid: 'first' })}.${b64(tokens.claims())}`;
    const pem = createPublicKey({ key: { ...tokens.first.publicJwk }, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    for (const secret of [JSON.stringify(tokens.first.publicJwk), tokens.first.publicJwk.x ?? '', pem]) {
      const mac = createHmac(alg.replace('HS', 'sha'), secret).update(body).digest('base64url');
      expect(await tokens.refusal(`${body}.${mac}`)).toMatch(/^unauthenticated: .*not allowed/);
    }
  });

  it('[S4] that is signed with a shared secret which the issuer shows among its keys', async () => {
    const secret = Buffer.alloc(32, 7);
    tokens.issuer.answer = keysOf({ kty: 'oct', kid: 'oct', k: secret.toString('base64url'), alg: 'HS256' });
    const body = `${b64({ alg: 'HS256', kid: 'oct' })}.${b64(tokens.claims())}`;
    const mac = createHmac('sha256', secret).update(body).digest('base64url');
    expect(await tokens.refusal(`${body}.${mac}`)).toMatch(/^unauthenticated: /);
  });

  it('[S4] that is signed in a way that the settings do not name', async () => {
    expect(await tokens.refusal(await tokens.first.sign(tokens.claims()), { algorithms: ['RS256'] })).toMatch(
      /not allowed/,
    );
  });

  it('[S4] of a stranger who names a key of the issuer, or brings one along', async () => {
    expect(await tokens.refusal(await tokens.stranger.sign(tokens.claims()))).toMatch(/signature/);
    const jwk = tokens.stranger.publicJwk;
    expect(await tokens.refusal(await tokens.stranger.sign(tokens.claims(), { kid: 'own', jwk }))).toMatch(
      /^unauthenticated: /,
    );
    const jku = 'http://127.0.0.1:9/keys';
    expect(await tokens.refusal(await tokens.stranger.sign(tokens.claims(), { kid: 'own', jku }))).toMatch(
      /^unauthenticated: /,
    );
  });

  it('[S4] whose claims were changed', async () => {
    const [head, , signature] = (await tokens.first.sign(tokens.claims())).split('.');
    expect(await tokens.refusal(`${head}.${b64(tokens.claims({ user_id: 1 }))}.${signature}`)).toMatch(/signature/);
  });

  it.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', ''])('[S4] of another type: %j', async (typ) => {
    expect(await tokens.refusal(await tokens.first.sign(tokens.claims(), { typ }))).toMatch(/not an access token/);
  });

  it('[S4] that is huge, unread', async () => {
    const token = await tokens.first.sign(tokens.claims({ padding: 'x'.repeat(TOKENS.maxBytes) }));
    expect(await tokens.refusal(token)).toBe(`unauthenticated: The token is larger than ${TOKENS.maxBytes} bytes.`);
    expect(tokens.issuer.asked).toBe(0);
  });

  it.each(['a.b.c', '..', `${b64({ alg: 'ES256' })}.e30.x`, `${b64([])}.e30.x`])(
    '[S4] that is none: %s',
    async (token) => {
      expect(await tokens.refusal(token)).toMatch(/^unauthenticated: /);
    },
  );

  it('[S4] and its text is repeated nowhere', async () => {
    const secret = 'what-nobody-may-see';
    for (const token of [
      await tokens.stranger.sign(tokens.claims({ sub: secret })),
      await tokens.first.sign(tokens.claims({ sub: secret, aud: secret })),
      await tokens.first.sign(tokens.claims({ user_id: secret })),
    ]) {
      const told = await tokens
        .verifier()
        .verify(token)
        .catch((error: AppError) => error);
      expect(JSON.stringify([told, `${told}`, (told as AppError).cause, tokens.logged])).not.toContain(secret);
    }
  });
});
