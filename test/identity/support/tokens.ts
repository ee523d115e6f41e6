import type { JWTPayload } from 'jose';
import { afterEach, beforeAll, beforeEach } from 'vitest';
import { ALL_SCOPES } from '../../../src/contract/access-policies.ts';
import type { AppError } from '../../../src/contract/errors.ts';
import { USUAL_ALGORITHMS } from '../../../src/contract/token-policies.ts';
import { createTokenVerifier, type TokenSettings, type TokenVerifier } from '../../../src/identity/verify-token.ts';
import { type Issuer, keysOf, type SigningKey, signingKey, useIssuer } from './issuer.ts';

const AUDIENCE = 'https://queue.example/mcp';

type Claims = { [Name in keyof JWTPayload]?: JWTPayload[Name] | undefined };

export interface Tokens {
  readonly issuer: Issuer;
  /** Its clock stands still. */
  readonly first: SigningKey;
  readonly second: SigningKey;
  /** Somebody else's, by the name of the first. */
  readonly stranger: SigningKey;
  /** Events in the log. */
  readonly logged: readonly string[];
  pass(ms: number): void;
  /** Seconds from now, as tokens say it. */
  inS(seconds: number): number;
  claims(changes?: Claims): JWTPayload;
  verifier(changes?: Partial<TokenSettings>): TokenVerifier;
  outcomeOf(one: TokenVerifier, token: string): Promise<string>;
  /** By a verifier of its own. */
  refusal(token: string, changes?: Partial<TokenSettings>): Promise<string>;
}

/** An issuer, its keys, and verifiers whose clock the test moves. */
export function useTokens(): Tokens {
  const issuer = useIssuer();
  const keys: SigningKey[] = [];
  const logged: string[] = [];
  const made: TokenVerifier[] = [];
  let nowMs = 0;
  const note = (_fields: unknown, event: string) => void logged.push(event);
  const log = { info: note, warn: note, error: note };
  beforeAll(async () => {
    keys.push(...(await Promise.all(['first', 'second', 'first'].map((kid) => signingKey(kid)))));
  });
  const key = (nth: number) => keys[nth] as SigningKey;
  beforeEach(() => {
    nowMs = Date.now();
    issuer.current.asked = 0;
    issuer.current.answer = keysOf(key(0));
  });
  afterEach(async () => {
    await Promise.all(made.splice(0).map((one) => one.close()));
  });
  const inS = (seconds: number) => Math.floor(nowMs / 1_000) + seconds;
  const verifier: Tokens['verifier'] = (changes = {}) => {
    const scopes = new Map(ALL_SCOPES.map((scope) => [scope as string, scope]));
    const settings: TokenSettings = {
      issuer: issuer.current.url,
      audiences: ['https://queue.example', AUDIENCE],
      keySetUrl: issuer.current.jwksUrl,
      algorithms: USUAL_ALGORITHMS,
      claims: { user: 'user_id', tenant: undefined, scope: 'scope', scopes },
      ...changes,
    };
    const one = createTokenVerifier(settings, { log, now: () => nowMs });
    made.push(one);
    return one;
  };
  const outcomeOf: Tokens['outcomeOf'] = (one, token) =>
    one.verify(token).then(
      () => 'taken',
      ({ code, message }: AppError) => `${code}: ${message}`,
    );
  return {
    get issuer() {
      return issuer.current;
    },
    get first() {
      return key(0);
    },
    get second() {
      return key(1);
    },
    get stranger() {
      return key(2);
    },
    logged,
    pass(ms) {
      nowMs += ms;
    },
    inS,
    claims: (changes = {}) => {
      const usual = { iss: issuer.current.url, aud: AUDIENCE, sub: 'somebody', exp: inS(300), iat: inS(0) };
      return { ...usual, user_id: 7, scope: 'jobs:read openid jobs:write', ...changes } as JWTPayload;
    },
    verifier,
    outcomeOf,
    refusal: (token, changes) => outcomeOf(verifier(changes), token),
  };
}
