import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWTHeaderParameters,
  type JWTVerifyGetKey,
} from 'jose';
import { causeText } from '../contract/cause.ts';
import { AppError } from '../contract/errors.ts';
import { TOKENS } from '../contract/token-policies.ts';
import type { Log } from '../ports.ts';

type KeyFinder = (header?: JWTHeaderParameters, token?: FlattenedJWSInput) => ReturnType<JWTVerifyGetKey>;

export interface IssuerKeysDeps {
  readonly fetch: () => Promise<JSONWebKeySet>;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * The current keys of an issuer. They are fetched when they are too old, and when a token names one that is not among
 * them, which is how a new key comes in; never more often than once in `fetchAgainMs`.
 */
export function createIssuerKeys({ fetch, log, now }: IssuerKeysDeps): KeyFinder {
  let known: { readonly find: KeyFinder; readonly at: number } | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const isWithin = (ms: number) => known !== undefined && now() - known.at < ms;

  async function fetchNow(): Promise<void> {
    triedAt = now();
    try {
      known = { find: createLocalJWKSet(await fetch()), at: now() };
    } catch (error) {
      log.warn({ cause: causeText(error) }, 'access.issuer_unreachable');
    }
  }

  /** Anyone who needs the keys at the same moment waits for the same fetch. */
  async function fetchUnlessTried(): Promise<void> {
    if (!fetching && now() - triedAt < TOKENS.fetchAgainMs) return;
    fetching ??= fetchNow().finally(() => {
      fetching = undefined;
    });
    await fetching;
  }

  /** @throws AppError issuer_unavailable */
  function current(): KeyFinder {
    if (known && isWithin(TOKENS.keysStaleMs)) return known.find;
    const retryAfterS = Math.max(1, Math.ceil((triedAt + TOKENS.fetchAgainMs - now()) / 1_000));
    throw new AppError('issuer_unavailable', 'The keys that tokens are checked with cannot be fetched.', {
      retryAfterS,
    });
  }

  return async (header?: JWTHeaderParameters, token?: FlattenedJWSInput) => {
    if (!isWithin(TOKENS.keysFreshMs)) await fetchUnlessTried();
    try {
      return await current()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await fetchUnlessTried();
      return current()(header, token);
    }
  };
}
