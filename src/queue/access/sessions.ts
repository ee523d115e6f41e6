import { SIGN_INS } from '../../contract/access-policies.ts';
import { AppError, isAppError } from '../../contract/errors.ts';
import type { Principal } from '../../contract/principal.ts';
import { deleteSession, insertSession } from '../../ledger/access/sessions.ts';
import type { Queryable } from '../../ledger/connection/queryable.ts';
import type { Authenticate } from './authenticate.ts';
import { createBuckets } from './buckets.ts';
import { newSecret, readSecret } from './key-text.ts';

export interface OpenedSession {
  readonly principal: Principal;
  /** What the cookie holds; the ledger keeps a digest of it. */
  readonly text: string;
  readonly validS: number;
}

/** Browsers that are signed in. Any process honours a session, and it ends with its key. */
export interface Sessions {
  /**
   * @param key as a person typed it
   * @throws AppError unauthenticated; rate_limited where an address tried too many keys, or a key opens too many sessions;
   *   ledger_unavailable
   */
  open(key: string, address: string): Promise<OpenedSession>;
  /**
   * @param text of the cookie
   * @returns whether it was open
   * @throws AppError rate_limited, ledger_unavailable
   */
  end(text: string, address: string): Promise<boolean>;
}

export interface SessionsDeps {
  /** Open for all tenants. */
  readonly db: Queryable;
  readonly authenticate: Authenticate;
  readonly now?: () => number;
}

export function createSessions({ db, authenticate, now }: SessionsDeps): Sessions {
  const signIns = createBuckets(SIGN_INS, now);
  return {
    async open(key, address) {
      const { keyId, ...who } = await authenticate(key, address);
      const waitS = signIns.take(keyId ?? '');
      if (waitS > 0) {
        throw new AppError('rate_limited', `The key ${keyId} opens too many sessions.`, {
          retryAfterS: Math.ceil(waitS),
        });
      }
      const made = newSecret('session');
      const opened = keyId === undefined ? undefined : await insertSession(db, keyId, made);
      if (!opened) throw new AppError('unauthenticated', 'The key has just ended.');
      const principal: Principal = { ...who, keyId, credential: 'session', expiresAt: opened.expires_at };
      authenticate.believe(made, principal);
      return { principal, text: made.text, validS: opened.valid_s };
    },
    async end(text, address) {
      const secret = readSecret('session', text);
      if (!secret || !(await isOpen(text, address))) return false;
      authenticate.forget(secret.id);
      return deleteSession(db, secret.id);
    },
  };

  async function isOpen(text: string, address: string): Promise<boolean> {
    try {
      await authenticate(text, address, 'session');
      return true;
    } catch (error) {
      if (isAppError(error) && error.code === 'unauthenticated') return false;
      throw error;
    }
  }
}
