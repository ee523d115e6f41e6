import { KEYS } from '../../contract/access-policies.ts';
import type { Key as KeyView } from '../../contract/operations/keys.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { Db } from '../db.ts';
import { type Key, keyset } from '../keyset.ts';

export type KeyRow = {
  key_no: number;
  key_id: string;
  user_id: number;
  name: string;
  scopes: string[];
  status: KeyView['status'];
  created_by: string;
  created_at: Date;
  last_used_at: Date | null;
  expires_at: Date | null;
  revoked_at: Date | null;
};

/** One that had expired when its name was given to a new key has both times alike. */
const REVOKED = 'k.revoked_at is not null and (k.expires_at is null or k.revoked_at < k.expires_at)';

/** The digest is no column of it: only who compares it reads it. */
const COLUMNS = `k.key_no, k.key_id, k.user_id, k.name, k.scopes, case when ${REVOKED} then 'revoked'
    when k.expires_at <= clock_timestamp() then 'expired' when k.replaced_at is not null then 'replaced' else 'active'
  end as status, k.created_by, k.created_at, k.last_used_at, k.expires_at, case when ${REVOKED} then k.revoked_at end as revoked_at`;

/** Whose keys a caller may see and change: all of a tenant, or those of one user. */
export interface KeyOwner {
  readonly tenant: string;
  readonly userId: number | undefined;
}

const OWN = 'k.tenant_id = $1 and k.key_id = $2 and ($3::bigint is null or k.user_id = $3)';

/**
 * @param lock held until the transaction ends
 * @returns undefined when there is none, or it is somebody else's
 */
export async function readKeyRow(
  db: Queryable,
  { tenant, userId }: KeyOwner,
  keyId: string,
  { lock }: { readonly lock: boolean } = { lock: false },
): Promise<KeyRow | undefined> {
  const text = `select ${COLUMNS} from pantry_queue.api_keys k where ${OWN} ${lock ? 'for update' : ''}`;
  return (await db.query<KeyRow>(text, [tenant, keyId, userId ?? null]))[0];
}

const IN_ORDER = keyset('asc', [{ sql: 'k.key_no', type: 'bigint' }]);

/** The oldest first. */
export function listKeyRows(
  db: Db,
  { tenant, userId, after, limit }: KeyOwner & { after: Key | undefined; limit: number },
): Promise<KeyRow[]> {
  const own = userId === undefined ? 'and k.key_no >= 1' : 'and k.key_no > 0 and k.user_id = $3';
  const values = [tenant, limit, ...(userId === undefined ? [] : [userId])];
  return db.search.query<KeyRow>(
    `select ${COLUMNS} from pantry_queue.api_keys k
     where k.tenant_id = $1 ${own} and ${IN_ORDER.after(after, values.length + 1)} ${IN_ORDER.orderBy} limit $2`,
    [...values, ...(after ?? [])],
  );
}

/** Callers who make keys in one tenant wait for each other, so that they are counted one by one. */
const ALONE = `select pg_advisory_xact_lock(hashtextextended('pantry_queue keys of ' || $1, 0))`;

const CLEAR = `
delete from pantry_queue.api_keys where key_no in (
  select key_no from pantry_queue.api_keys
  where tenant_id = $1 and least(revoked_at, expires_at) < clock_timestamp() - interval '${KEYS.keptS} seconds'
  order by least(revoked_at, expires_at) limit ${KEYS.ofTenant} for update skip locked)`;

const COUNT = `
select count(*)::int as keys from (select from pantry_queue.api_keys
  where tenant_id = $1 and key_no >= 1 limit ${KEYS.ofTenant}) t`;

/**
 * Locks the keys of a tenant against further ones, until the transaction ends, and clears those that ended long ago.
 * @returns how many there are, up to the limit
 */
export async function countKeys(tx: Queryable, tenant: string): Promise<number> {
  await tx.query(ALONE, [tenant]);
  await tx.query(CLEAR, [tenant]);
  const [counted] = await tx.query<{ keys: number }>(COUNT, [tenant]);
  return counted?.keys ?? 0;
}

/** What a key is, besides how it stands. */
export interface KeyDefinition {
  readonly keyId: string;
  readonly secretSha256: Buffer;
  readonly userId: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly expiresAt: Date | null;
}

/** The name of a key that has expired is free. */
const FREE = `
update pantry_queue.api_keys set revoked_at = expires_at
where tenant_id = $1 and user_id = $2 and name = $3 and revoked_at is null and replaced_at is null
  and expires_at <= clock_timestamp()`;

const INSERT = `
insert into pantry_queue.api_keys as k
  (key_id, secret_sha256, tenant_id, user_id, name, scopes, created_by, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (name, user_id, tenant_id) where revoked_at is null and replaced_at is null do nothing
returning ${COLUMNS}`;

/** @returns undefined where its user has a current key of this name */
export async function insertKey(
  tx: Queryable,
  tenant: string,
  { keyId, secretSha256, userId, name, scopes, createdBy, expiresAt }: KeyDefinition,
): Promise<KeyRow | undefined> {
  await tx.query(FREE, [tenant, userId, name]);
  const values = [keyId, secretSha256, tenant, userId, name, scopes, createdBy, expiresAt];
  return (await tx.query<KeyRow>(INSERT, values))[0];
}

const END_OLDER = `
update pantry_queue.api_keys set revoked_at = least(clock_timestamp(), expires_at), revoked_by = $4
where tenant_id = $1 and user_id = $2 and name = $3 and revoked_at is null and replaced_at is not null`;

const REPLACE = `
update pantry_queue.api_keys k set replaced_at = clock_timestamp(),
  expires_at = least(k.expires_at, clock_timestamp() + interval '${KEYS.oldKeyS} seconds')
where k.key_no = $1 returning ${COLUMNS}`;

/** Makes room for the next key of a name: of the two that there may be, the current one becomes the one before. */
export async function replaceKey(tx: Queryable, tenant: string, row: KeyRow, by: string): Promise<KeyRow> {
  await tx.query(END_OLDER, [tenant, row.user_id, row.name, by]);
  const [replaced] = await tx.query<KeyRow>(REPLACE, [row.key_no]);
  if (!replaced) throw new Error('a key that was locked is not there');
  return replaced;
}

/** Ends whatever there is of a name, without a trace in lists. */
export async function deleteKeysNamed(
  tx: Queryable,
  tenant: string,
  { userId, name }: Pick<KeyDefinition, 'userId' | 'name'>,
): Promise<void> {
  const text = 'delete from pantry_queue.api_keys where tenant_id = $1 and user_id = $2 and name = $3 and key_no > 0';
  await tx.query(text, [tenant, userId, name]);
}

const REVOKE = `
update pantry_queue.api_keys k set revoked_at = coalesce(k.revoked_at, clock_timestamp()),
  revoked_by = coalesce(k.revoked_by, $4)
where ${OWN} returning ${COLUMNS}`;

/** @returns undefined when there is none, or it is somebody else's */
export async function revokeKeyRow(
  db: Queryable,
  { tenant, userId }: KeyOwner,
  keyId: string,
  by: string,
): Promise<KeyRow | undefined> {
  return (await db.query<KeyRow>(REVOKE, [tenant, keyId, userId ?? null, by]))[0];
}

/** What is compared of a key or session, and who then calls. */
export type KnownSecret = {
  /** Of the key, or of the session. */
  id: string;
  secret_sha256: Buffer;
  key_id: string;
  tenant_id: string;
  user_id: number;
  scopes: string[];
  expires_at: Date | null;
  is_used_now: boolean;
};

/** Of a key `k`. */
export const VALID_KEY = 'k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_timestamp())';

/** What a call is told of its key `k`. */
export const KEY_OF_CALL = `k.key_id, k.tenant_id, k.user_id, k.scopes,
  coalesce(k.last_used_at > clock_timestamp() - interval '${KEYS.usedEveryS} seconds', false) as is_used_now`;

const FIND = `
select k.key_id as id, k.secret_sha256, k.expires_at, ${KEY_OF_CALL}
from pantry_queue.api_keys k where k.key_id = any ($1::text[]) and ${VALID_KEY}`;

/**
 * The keys that are valid now, of whatever tenant: before its key is known, a call has none.
 * @param db open for all tenants
 */
export function findKeys(db: Queryable, keyIds: readonly string[]): Promise<KnownSecret[]> {
  return db.query<KnownSecret>(FIND, [keyIds]);
}

const USED = `
update pantry_queue.api_keys set last_used_at = clock_timestamp()
where key_id = $1 and (last_used_at is null or last_used_at <= clock_timestamp() - interval '${KEYS.usedEveryS} seconds')`;

/** Writes at most once a minute a key, however many processes serve it. */
export async function markUsed(db: Queryable, keyId: string): Promise<void> {
  await db.query(USED, [keyId]);
}
