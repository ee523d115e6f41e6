import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { AppError, isAppError } from '../contract/errors.ts';
import type { Principal } from '../contract/principal.ts';
import { TOKENS, type TokenAlgorithm } from '../contract/token-policies.ts';
import type { Log } from '../ports.ts';
import { type ClaimNames, principalIn } from './claims.ts';
import { createKeySetSource } from './fetch-key-set.ts';
import { createIssuerKeys } from './issuer-keys.ts';

/** Whose tokens are taken, and how they are read. */
export interface TokenSettings {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly keySetUrl: string;
  readonly algorithms: readonly TokenAlgorithm[];
  readonly claims: ClaimNames;
}

export interface TokenVerifier {
  /**
   * @throws AppError unauthenticated, forbidden for a token that does not say whose it is, issuer_unavailable
   */
  verify(token: string): Promise<Principal>;
  close(): Promise<void>;
}

/** Tokens for people and for machines; another type (of a logout, of a proof) is no leave to call. */
const TYPES = /^(?:application\/)?(?:at\+)?jwt$/i;

/** Why a token is refused, by the library's code. What stands in the token is not repeated. */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'The token has expired.',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'The token is not for this server, not of its issuer, or not valid now.',
  ERR_JOSE_ALG_NOT_ALLOWED: 'The token is signed in a way that is not allowed here.',
  ERR_JWKS_NO_MATCHING_KEY: 'The token is signed with a key that its issuer does not have.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is wrong.',
};
const UNREADABLE = 'What was sent is no token that can be checked.';

/** @param deps `now`: default: the clock */
export function createTokenVerifier(
  settings: TokenSettings,
  { log, now = Date.now }: { readonly log: Log; readonly now?: () => number },
): TokenVerifier {
  const source = createKeySetSource(settings.keySetUrl);
  const keys: JWTVerifyGetKey = createIssuerKeys({ fetch: source.fetch, log, now });
  const { issuer, audiences, algorithms, claims } = settings;

  async function claimsOf(token: string): Promise<JWTPayload> {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer,
      audience: [...audiences],
      algorithms: [...algorithms],
      clockTolerance: TOKENS.skewS,
      requiredClaims: ['exp'],
      currentDate: new Date(now()),
    });
    const { typ } = protectedHeader;
    if (typ !== undefined && !TYPES.test(typ)) throw refused('The token is not an access token.');
    return payload;
  }

  return {
    async verify(token) {
      if (token.length > TOKENS.maxBytes) throw refused(`The token is larger than ${TOKENS.maxBytes} bytes.`);
      let payload: JWTPayload;
      try {
        payload = await claimsOf(token);
      } catch (error) {
        if (isAppError(error)) throw error;
        const code = error instanceof errors.JOSEError ? error.code : '';
        throw refused(REFUSALS[code] ?? UNREADABLE);
      }
      return principalIn(payload, claims);
    },
    close: source.close,
  };
}

/** Without its cause: a refusal is no fault of ours that a log must explain. */
const refused = (message: string): AppError =>
  new AppError('unauthenticated', message, {
    hint: 'Get a new access token for this server from its identity provider, or send a key.',
  });
