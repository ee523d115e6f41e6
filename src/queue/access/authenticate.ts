import { timingSafeEqual } from 'node:crypto';
import { FAILED_KEYS, KEYS, type KeyScope } from '../../contract/access-policies.ts';
import { AppError, isAppError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { findKeys, type KnownSecret, markUsed } from '../../ledger/access/api-keys.ts';
import { findSessions } from '../../ledger/access/sessions.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';
import { coalesceCalls } from '../coalesce-calls.ts';
import { createBuckets } from './buckets.ts';
import { readSecret, type SecretDigest, type SecretKind } from './key-text.ts';
import { createMemory } from './memory.ts';
import { networkOf } from './network.ts';

export interface Authenticate {
  /**
   * Who calls with a key or token, or in a session.
   * @param text as it was sent; undefined where there was none
   * @param address that the call came from
   * @param kind what the text is to be; default: a key or token
   * @throws AppError unauthenticated; rate_limited for an address that was refused too often; ledger_unavailable;
   *   forbidden, issuer_unavailable for a token
   */
  (text: string | undefined, address: string, kind?: SecretKind): Promise<Principal>;
  /** A session that was just opened: it is not looked up at its first call. */
  believe(secret: SecretDigest, principal: Principal): void;
  /**
   * A key or session has ended: this process believes nothing of it any more, nor of the sessions of the key.
   * @param id null: any may have ended
   */
  forget(id: string | null): void;
}

export interface AuthenticateDeps {
  /** Open for all tenants. */
  readonly db: Queryable;
  readonly now?: () => number;
  /** Checks a token of the identity provider; absent: none are taken. */
  readonly verifyToken?: ((token: string) => Promise<Principal>) | undefined;
}

interface Believed {
  readonly secretSha256: Buffer;
  readonly principal: Principal;
  /** `last_used_at` is to be written. */
  isUseUntold: boolean;
}

const principalOf = (row: KnownSecret, credential: SecretKind): Principal => ({
  tenant: row.tenant_id,
  user: row.user_id,
  scopes: new Set(row.scopes as KeyScope[]),
  credential,
  keyId: row.key_id,
  ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
});

const NO_KEY = 'This call needs a key, and none was sent.';
const NOT_ONE: Readonly<Record<SecretKind, string>> = {
  key: 'What was sent is not a key: it is cut off, or has a typo.',
  session: 'What was sent is not the cookie of a session.',
};
const NOT_VALID: Readonly<Record<SecretKind, string>> = {
  key: 'The key is not valid: it was never made here, has expired, or was revoked.',
  session: 'The session has ended: it was closed, has expired, or its key was revoked.',
};
const SIGN_IN = { hint: 'Sign in again with a key: POST /session.' };

/** Three parts of base64url: a JWT. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;

const FINDERS = { key: findKeys, session: findSessions } as const;

/**
 * Keys by what the ledger says, believed for a few seconds. What is no key costs no statement, and of an address only so
 * many keys are looked up that there are not: a flood of them costs the database next to nothing.
 */
export function createAuthenticate({ db, verifyToken, now = Date.now }: AuthenticateDeps): Authenticate {
  const known = createMemory<Believed>(KEYS.remembered, KEYS.believedMs, now);
  const unknown = createMemory<true>(KEYS.rememberedUnknown, KEYS.believedMs, now);
  const failures = createBuckets(FAILED_KEYS, now);
  const find = coalesceCalls(
    async (asked: readonly { readonly kind: SecretKind; readonly id: string }[]) => {
      const [{ kind } = { kind: 'key' as const }] = asked;
      const ids = asked.map(({ id }) => id);
      const found = new Map((await FINDERS[kind](db, ids)).map((row) => [row.id, row]));
      return ids.map((id) => found.get(id));
    },
    {
      keyOf: ({ id }) => id,
      groupOf: ({ kind }) => kind,
      maxItems: 100,
      maxCalls: 1,
      isForAll: (error) => isAppError(error) && error.code === 'ledger_unavailable',
    },
  );
  const asked = new Map<string, Promise<Believed | undefined>>();
  /** How often something was forgotten. */
  let forgotten = 0;

  async function ask(kind: SecretKind, id: string): Promise<Believed | undefined> {
    const asOf = forgotten;
    const row = await find({ kind, id });
    if (!row) {
      known.forget(id);
      unknown.set(id, true);
      return undefined;
    }
    const believed = {
      secretSha256: row.secret_sha256,
      principal: principalOf(row, kind),
      isUseUntold: !row.is_used_now,
    };
    // What ended while the answer was on its way may stand in it as valid.
    if (asOf === forgotten) known.set(id, believed);
    return believed;
  }

  /** Who asks for the same key at the same moment is given the same answer. */
  function askOnce(kind: SecretKind, id: string): Promise<Believed | undefined> {
    const answer = asked.get(id) ?? ask(kind, id).finally(() => asked.delete(id));
    asked.set(id, answer);
    return answer;
  }

  /** @throws AppError ledger_unavailable */
  async function believedOf(kind: SecretKind, id: string): Promise<Believed | undefined> {
    const remembered = known.get(id);
    if (remembered?.isFresh) return remembered.value;
    return unknown.get(id)?.isFresh ? undefined : askOnce(kind, id);
  }

  /** What costs a try unless it turns out to be right, or not to be known now. @throws AppError rate_limited */
  async function tried<T>(address: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const network = networkOf(address);
    const waitS = failures.take(network);
    if (waitS > 0) {
      const retryAfterS = Math.ceil(waitS);
      throw new AppError('rate_limited', 'Too many keys from this address were not valid.', { retryAfterS });
    }
    let isWrong = false;
    try {
      const found = await work();
      isWrong = found === undefined;
      return found;
    } finally {
      if (!isWrong) failures.giveBack(network);
    }
  }

  async function byToken(
    token: string,
    address: string,
    verify: (token: string) => Promise<Principal>,
  ): Promise<Principal> {
    let refusal: unknown;
    const principal = await tried(address, () =>
      verify(token).catch((error: unknown) => {
        if (!isAppError(error) || error.code !== 'unauthenticated') throw error;
        refusal = error;
        return undefined;
      }),
    );
    if (!principal) throw refusal;
    return principal;
  }

  async function authenticate(text: string | undefined, address: string, kind: SecretKind = 'key'): Promise<Principal> {
    if (text === undefined) throw new AppError('unauthenticated', NO_KEY);
    const hint = kind === 'session' ? SIGN_IN : {};
    const secret = readSecret(kind, text);
    if (!secret && kind === 'key' && verifyToken && TOKEN.test(text)) return byToken(text, address, verifyToken);
    if (!secret) {
      await tried(address, async () => undefined);
      throw new AppError('unauthenticated', NOT_ONE[kind], hint);
    }
    const { id, secretSha256 } = secret;
    const rightOne = (believed: Believed | undefined): Believed | undefined =>
      believed && timingSafeEqual(secretSha256, believed.secretSha256) ? believed : undefined;
    const remembered = known.get(id);
    // A key that was right a moment ago is looked up whatever else its address has sent: a proxy has one address.
    const isTrusted = rightOne(remembered?.value) !== undefined;
    if (remembered?.isFresh && isTrusted) return remembered.value.principal;
    const look = async () => rightOne(await believedOf(kind, id));
    const believed = isTrusted ? await look() : await tried(address, look);
    if (!believed) throw new AppError('unauthenticated', NOT_VALID[kind], hint);
    if (believed.isUseUntold) {
      believed.isUseUntold = false;
      // A database that takes no writes still knows who calls.
      markUsed(db, believed.principal.keyId ?? id).catch(() => undefined);
    }
    return believed.principal;
  }

  return Object.assign(authenticate, {
    believe({ id, secretSha256 }: SecretDigest, principal: Principal) {
      known.set(id, { secretSha256, principal, isUseUntold: false });
    },
    forget(id: string | null) {
      forgotten++;
      if (id !== null) known.forget(id);
      known.forgetWhere(({ principal }) => id === null || principal.keyId === id);
    },
  });
}
