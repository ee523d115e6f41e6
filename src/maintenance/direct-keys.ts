import { readConfig } from '../config.ts';
import { KEY_SCOPES } from '../contract/access-policies.ts';
import { AppError } from '../contract/errors.ts';
import { DEFAULT_TENANT } from '../contract/names.ts';
import { operations } from '../contract/operations.ts';
import type { Principal } from '../contract/principal.ts';
import type { OutputOf } from '../contract/queue-api.ts';
import { deleteKeysNamed, insertKey } from '../ledger/access/api-keys.ts';
import { atStart } from '../ledger/connection/start-up.ts';
import { createDb, type Db } from '../ledger/db.ts';
import { readLedgerId } from '../ledger/insight/queue-state.ts';
import { migrate } from '../ledger/migrate.ts';
import type { Log } from '../ports.ts';
import { newKey } from '../queue/access/key-text.ts';
import { createAudit } from '../queue/audit/create-audit.ts';
import { createCursors } from '../queue/cursors.ts';
import { createKey, createListKeys, revokeKey, rotateKey } from '../queue/keys.ts';
import { guarded, type Handler, stagesOver } from '../queue/pipeline.ts';
import { createLogger } from '../telemetry/logger.ts';

export type KeyOperation = 'createKey' | 'listKeys' | 'rotateKey' | 'revokeKey';

/** Anyone who has the database's password may make any key: without a first one no queue can be asked for one. */
const operatorOf = (tenant: string): Principal => ({ tenant, user: 1, scopes: new Set(KEY_SCOPES) });

/** @throws AppError invalid_argument */
function tenantNamed(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new AppError('invalid_argument', 'A tenant is named by 1 to 64 letters, digits, ".", "_" or "-".');
}

async function carryOut<K extends KeyOperation>(
  { db, log }: { readonly db: Db; readonly log: Log },
  key: K,
  input: unknown,
  tenant: string,
): Promise<OutputOf<K>> {
  const listKeys = createListKeys(createCursors(await readLedgerId(db)));
  const handlers: Record<KeyOperation, Handler<never, unknown>> = { createKey, listKeys, rotateKey, revokeKey };
  const call = guarded(operations[key], handlers[key], stagesOver(db, { audited: createAudit({ db, log }).stage }));
  return (await call(input, { principal: operatorOf(tenant), door: 'database' })) as OutputOf<K>;
}

/** @param work in a database that was brought up to date first */
async function over<T>(databaseUrl: string, work: (db: Db, log: Log) => Promise<T>): Promise<T> {
  const log = createLogger({ level: process.env.LOG_LEVEL || 'warn', name: 'keys' });
  const db = createDb({ url: databaseUrl, maxConnections: 2, applicationName: 'pantry-queue keys' });
  try {
    await atStart(() => migrate(db, log));
    return await work(db, log);
  } finally {
    await db.close();
  }
}

const OWN = { userId: 1, name: 'pantry-queue-up', scopes: KEY_SCOPES, createdBy: 'pantry-queue up', expiresAt: null };

/** The key that the queue of one person's machine gives its owner; the one of its last start ends. */
export function renewOwnKey(databaseUrl: string): Promise<string> {
  const made = newKey();
  return over(databaseUrl, (db) =>
    db.transaction(async (tx) => {
      await deleteKeysNamed(tx, DEFAULT_TENANT, OWN);
      await insertKey(tx, DEFAULT_TENANT, { ...made, ...OWN });
      return made.text;
    }),
  );
}

/**
 * An operation on keys in the database itself.
 * @param tenant whose keys; default: the one that everything belongs to until there are more
 * @throws AppError as the operation; invalid_argument, ledger_unavailable, ledger_misconfigured, adoption_refused
 */
export async function keysInDatabase<K extends KeyOperation>(
  key: K,
  input: unknown,
  tenant: string = DEFAULT_TENANT,
): Promise<OutputOf<K>> {
  // Nothing listens here, so HOST is of no account.
  const { databaseUrl } = readConfig({ ...process.env, HOST: '', HOST_FILE: '' });
  const named = tenantNamed(tenant);
  return over(databaseUrl, (db, log) => carryOut({ db, log }, key, input, named));
}
