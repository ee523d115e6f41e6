import { ALL_SCOPES, KEY_SCOPES, KEYS, type KeyScope, USUAL_SCOPES } from '../contract/access-policies.ts';
import { quoted } from '../contract/clean-text.ts';
import { AppError } from '../contract/errors.ts';
import type { Key } from '../contract/operations/keys.ts';
import type { Principal } from '../contract/principal.ts';
import {
  countKeys,
  insertKey,
  type KeyRow,
  listKeyRows,
  readKeyRow,
  replaceKey,
  revokeKeyRow,
} from '../ledger/access/api-keys.ts';
import type { Queryable } from '../ledger/connection/queryable.ts';
import { newKey } from './access/key-text.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

/** Nobody hands on more than they have. @throws AppError forbidden */
function requireNoMore({ scopes }: Principal, asked: readonly string[]): void {
  const beyond = asked.filter((scope) => !scopes.has(scope as KeyScope));
  if (beyond.length === 0) return;
  throw new AppError('forbidden', `Your own key does not have scope ${beyond.join(', ')}.`, {
    hint: 'Name only scopes of your own key, or use a key that has them.',
  });
}

async function requireRoom(tx: Queryable, tenant: string): Promise<void> {
  if ((await countKeys(tx, tenant)) < KEYS.ofTenant) return;
  throw new AppError('too_many_keys', `There are too many keys: the tenant has ${KEYS.ofTenant}.`);
}

function keyExists(name: string): AppError {
  const message = `There is a key named ${quoted(name)}.`;
  return new AppError('key_exists', message, { fields: [{ pointer: '/name', code: 'key_exists', message }] });
}

const aboutKey = (code: 'key_not_found' | 'key_ended', message: string) =>
  new AppError(code, message, { fields: [{ pointer: '/key_id', code, message }] });
const noSuchKey = (keyId: string) => aboutKey('key_not_found', `There is no key ${quoted(keyId)}.`);

const byOf = ({ user, keyId }: Principal) => `user ${user}${keyId === undefined ? '' : ` (${keyId})`}`;

export const createKey: Handlers['createKey'] = async ({ name, scopes: asked, expires_in_days }, caller) => {
  const { db, tenant, owner, principal } = caller;
  // In the table's order, each once.
  const wanted = new Set((asked ?? USUAL_SCOPES).flatMap((scope) => (scope === 'all' ? ALL_SCOPES : [scope])));
  const scopes = KEY_SCOPES.filter((scope) => wanted.has(scope));
  requireNoMore(principal, scopes);
  const expiresAt = expires_in_days === undefined ? null : new Date(Date.now() + expires_in_days * 86_400_000);
  const made = newKey();
  const row = await db.transaction(async (tx) => {
    await requireRoom(tx, tenant);
    return insertKey(tx, tenant, { ...made, userId: owner, name, scopes, createdBy: byOf(principal), expiresAt });
  });
  if (!row) throw keyExists(name);
  return { ...keyView(row), key: made.text };
};

export function createListKeys(cursors: Cursors): Handlers['listKeys'] {
  return async (asked, { db, tenant, userId }) => {
    const { rows: keys, next_cursor } = await listPage(cursors, asked, {
      list: ['list_keys', tenant, userId ?? null],
      read: (page) => listKeyRows(db, { tenant, userId, ...page }),
      view: keyView,
      keyOf: ({ key_no }) => [key_no],
    });
    return { keys, next_cursor };
  };
}

export const rotateKey: Handlers['rotateKey'] = async ({ key_id }, caller) => {
  const { db, tenant, principal } = caller;
  const made = newKey();
  const by = byOf(principal);
  const { row, before } = await db.transaction(async (tx) => {
    if (!(await readKeyRow(tx, caller, key_id))) throw noSuchKey(key_id);
    await requireRoom(tx, tenant);
    const old = await readKeyRow(tx, caller, key_id, { lock: true });
    if (!old) throw noSuchKey(key_id);
    requireNoMore(principal, old.scopes);
    if (old.status !== 'active') throw aboutKey('key_ended', `The key ${quoted(key_id)} is ${old.status}.`);
    const { user_id: userId, name, scopes, expires_at: expiresAt } = old;
    const replaced = await replaceKey(tx, tenant, old, by);
    return {
      before: replaced,
      row: await insertKey(tx, tenant, { ...made, userId, name, scopes, createdBy: by, expiresAt }),
    };
  });
  if (!row || !before.expires_at) throw new Error('a key was not replaced by its next one');
  const rotated = { key: made.text, replaces: before.key_id, replaced_until: before.expires_at.toISOString() };
  return { ...keyView(row), ...rotated };
};

export const revokeKey: Handlers['revokeKey'] = async ({ key_id }, caller) => {
  const row = await revokeKeyRow(caller.db, caller, key_id, byOf(caller.principal));
  if (!row) throw noSuchKey(key_id);
  return keyView(row);
};

function keyView({ key_no: _, ...row }: KeyRow): Key {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}
