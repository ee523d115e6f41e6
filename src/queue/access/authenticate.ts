import { timingSafeEqual } from 'node:crypto';
import { FAILED_KEYS, KEYS, type KeyScope } from '../../contract/access-policies.ts';
import { AppError, isAppError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { findKeys, type KnownKey, markUsed } from '../../ledger/api-keys.ts';
import type { Queryable } from '../../ledger/queryable.ts';
import { coalesceCalls } from '../coalesce-calls.ts';
import { createBuckets } from './buckets.ts';
import { readKey } from './key-text.ts';
import { createMemory } from './memory.ts';
import { networkOf } from './network.ts';

/**
 * Who calls with a key.
 * @param key as it was sent; undefined where there was none
 * @param address that the call came from
 * @throws AppError unauthenticated; rate_limited for an address that was refused too often; ledger_unavailable
 */
export type Authenticate = (key: string | undefined, address: string) => Promise<Principal>;

export interface AuthenticateDeps {
  /** Open for all tenants. */
  readonly db: Queryable;
  readonly now?: () => number;
}

interface Believed {
  readonly secretSha256: Buffer;
  readonly principal: Principal;
  /** `last_used_at` is to be written. */
  isUseUntold: boolean;
}

const principalOf = ({ tenant_id, user_id, scopes, key_id }: KnownKey): Principal => ({
  tenant: tenant_id,
  user: user_id,
  scopes: new Set(scopes as KeyScope[]),
  keyId: key_id,
});

const NO_KEY = 'This call needs a key, and none was sent.';
const NOT_A_KEY = 'What was sent is not a key: it is cut off, or has a typo.';
const NOT_VALID = 'The key is not valid: it was never made here, has expired, or was revoked.';

/**
 * Keys by what the ledger says, believed for a few seconds. What is no key costs no statement, and of an address only so
 * many keys are looked up that there are not: a flood of them costs the database next to nothing.
 */
export function createAuthenticate({ db, now = Date.now }: AuthenticateDeps): Authenticate {
  const known = createMemory<Believed>(KEYS.remembered, KEYS.believedMs, now);
  const unknown = createMemory<true>(KEYS.rememberedUnknown, KEYS.believedMs, now);
  const failures = createBuckets(FAILED_KEYS, now);
  const find = coalesceCalls(
    async (keyIds: readonly string[]) => {
      const found = new Map((await findKeys(db, keyIds)).map((row) => [row.key_id, row]));
      return keyIds.map((keyId) => found.get(keyId));
    },
    {
      keyOf: (keyId) => keyId,
      groupOf: () => 'all',
      maxItems: 100,
      maxCalls: 1,
      isForAll: (error) => isAppError(error) && error.code === 'ledger_unavailable',
    },
  );
  const asked = new Map<string, Promise<Believed | undefined>>();

  async function ask(keyId: string): Promise<Believed | undefined> {
    const row = await find(keyId);
    if (!row) {
      known.forget(keyId);
      unknown.set(keyId, true);
      return undefined;
    }
    const believed = {
      secretSha256: row.secret_sha256,
      principal: principalOf(row),
      isUseUntold: !row.is_used_now,
    };
    known.set(keyId, believed);
    return believed;
  }

  /** Who asks for the same key at the same moment is given the same answer. */
  function askOnce(keyId: string): Promise<Believed | undefined> {
    const answer = asked.get(keyId) ?? ask(keyId).finally(() => asked.delete(keyId));
    asked.set(keyId, answer);
    return answer;
  }

  /** @throws AppError ledger_unavailable */
  async function believedOf(keyId: string): Promise<Believed | undefined> {
    const remembered = known.get(keyId);
    if (remembered?.isFresh) return remembered.value;
    return unknown.get(keyId)?.isFresh ? undefined : askOnce(keyId);
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

  return async (text, address) => {
    if (text === undefined) throw new AppError('unauthenticated', NO_KEY);
    const key = readKey(text);
    if (!key) {
      await tried(address, async () => undefined);
      throw new AppError('unauthenticated', NOT_A_KEY);
    }
    const rightOne = (believed: Believed | undefined): Believed | undefined =>
      believed && timingSafeEqual(key.secretSha256, believed.secretSha256) ? believed : undefined;
    const remembered = known.get(key.keyId);
    // A key that was right a moment ago is looked up whatever else its address has sent: a proxy has one address.
    const isTrusted = rightOne(remembered?.value) !== undefined;
    if (remembered?.isFresh && isTrusted) return remembered.value.principal;
    const look = async () => rightOne(await believedOf(key.keyId));
    const believed = isTrusted ? await look() : await tried(address, look);
    if (!believed) throw new AppError('unauthenticated', NOT_VALID);
    if (believed.isUseUntold) {
      believed.isUseUntold = false;
      // A database that takes no writes still knows who calls.
      markUsed(db, key.keyId).catch(() => undefined);
    }
    return believed.principal;
  };
}
