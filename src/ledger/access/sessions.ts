import { SESSIONS } from '../../contract/access-policies.ts';
import type { Queryable } from '../connection/queryable.ts';
import type { KnownSecret } from './api-keys.ts';
import { KEY_OF_CALL, VALID_KEY } from './api-keys.ts';

/** The oldest sessions of the key make room, and those that have expired. */
const OPEN = `
with key as (
  select k.key_no, k.tenant_id, k.expires_at from pantry_queue.api_keys k where k.key_id = $1 and ${VALID_KEY}
), over as (
  delete from pantry_queue.sessions s using key
  where s.key_no = key.key_no and (s.expires_at <= clock_timestamp() or s.session_id in (
    select o.session_id from pantry_queue.sessions o where o.key_no = key.key_no
    order by o.created_at desc offset ${SESSIONS.ofKey - 1}))
)
insert into pantry_queue.sessions (session_id, secret_sha256, tenant_id, key_no, expires_at)
select $2, $3, tenant_id, key_no,
  least(expires_at, now() + interval '${SESSIONS.validS} seconds') from key
returning expires_at, floor(extract(epoch from expires_at - now()))::int as valid_s`;

/**
 * @param db open for all tenants
 * @returns when it ends; undefined where the key has just ended
 */
export async function insertSession(
  db: Queryable,
  keyId: string,
  { id, secretSha256 }: { readonly id: string; readonly secretSha256: Buffer },
): Promise<{ expires_at: Date; valid_s: number } | undefined> {
  return (await db.query<{ expires_at: Date; valid_s: number }>(OPEN, [keyId, id, secretSha256]))[0];
}

const FIND = `
select s.session_id as id, s.secret_sha256, least(s.expires_at, k.expires_at) as expires_at, ${KEY_OF_CALL}
from pantry_queue.sessions s join pantry_queue.api_keys k using (key_no)
where s.session_id = any ($1::text[]) and s.expires_at > clock_timestamp() and ${VALID_KEY}`;

/**
 * The sessions that are open now, of whatever tenant.
 * @param db open for all tenants
 */
export function findSessions(db: Queryable, ids: readonly string[]): Promise<KnownSecret[]> {
  return db.query<KnownSecret>(FIND, [ids]);
}

/** @returns whether it was open */
export async function deleteSession(db: Queryable, id: string): Promise<boolean> {
  const text = 'delete from pantry_queue.sessions where session_id = $1 returning session_id';
  return (await db.query(text, [id])).length > 0;
}
