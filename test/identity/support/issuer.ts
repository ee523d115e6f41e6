import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll } from 'vitest';
import type { TokenAlgorithm } from '../../../src/contract/token-policies.ts';

export interface SigningKey {
  readonly kid: string;
  readonly alg: TokenAlgorithm;
  readonly publicJwk: JWK;
  readonly sign: (claims: JWTPayload, header?: Readonly<Record<string, unknown>>) => Promise<string>;
}

export async function signingKey(kid: string, alg: TokenAlgorithm = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    kid,
    alg,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header = {}) => new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  };
}

/** How the issuer answers for its keys. */
type Answer = (answer: ServerResponse) => void;

export const keysOf =
  (...keys: readonly (SigningKey | JWK)[]): Answer =>
  (answer) => {
    const jwks = keys.map((key) => ('publicJwk' in key ? key.publicJwk : key));
    answer.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify({ keys: jwks }));
  };

export interface Issuer {
  readonly url: string;
  readonly jwksUrl: string;
  /** How often it was asked. */
  asked: number;
  answer: Answer;
}

/** An identity provider on a port of its own: what it does not answer in time is never answered. */
export function useIssuer(): { readonly current: Issuer } {
  let current: Issuer | undefined;
  const server = createServer((_request, answer) => {
    if (!current) return;
    current.asked++;
    current.answer(answer);
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    current = { url, jwksUrl: `${url}/keys`, asked: 0, answer: keysOf() };
  });
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return {
    get current() {
      if (!current) throw new Error('the issuer is there only while tests run');
      return current;
    },
  };
}
