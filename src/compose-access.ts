import type { Config } from './config.ts';
import type { HttpDeps } from './http/app.ts';
import { createKeyPrincipal, createOpenPrincipal } from './http/principal.ts';
import { createTokenVerifier } from './identity/verify-token.ts';
import type { Db } from './ledger/db.ts';
import type { Notifier } from './ledger/notify.ts';
import type { Log } from './ports.ts';
import { createAuthenticate } from './queue/access/authenticate.ts';
import { createSessions } from './queue/access/sessions.ts';

/** Who calls, how browsers sign in, and whose tokens are taken. */
export interface Access extends Pick<HttpDeps, 'principalOf' | 'sessions' | 'oauth'> {
  close(): Promise<void>;
}

/**
 * @param base `db`: open for all tenants; `notifier`: tells of keys that ended, in whatever process
 */
export function composeAccess(
  { auth, publicUrl = '', tokens }: Config['http'],
  { db, notifier }: { readonly db: Db; readonly notifier: Pick<Notifier, 'onEnded'> },
  log: Log,
): Access {
  if (auth === 'open') return { principalOf: createOpenPrincipal(), close: async () => {} };
  const verifier = tokens && createTokenVerifier(tokens, { log });
  const authenticate = createAuthenticate({ db, verifyToken: verifier?.verify });
  const endSubscription = notifier.onEnded(authenticate.forget);
  return {
    principalOf: createKeyPrincipal(authenticate),
    sessions: createSessions({ db, authenticate }),
    oauth: tokens && { issuer: tokens.issuer, publicUrl, scopes: tokens.claims.scopes },
    async close() {
      endSubscription();
      await verifier?.close();
    },
  };
}
