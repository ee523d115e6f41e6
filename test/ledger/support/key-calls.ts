import { randomBytes } from 'node:crypto';
import {
  countKeys,
  findKeys,
  insertKey,
  listKeyRows,
  markUsed,
  readKeyRow,
  replaceKey,
  revokeKeyRow,
} from '../../../src/ledger/access/api-keys.ts';
import { deleteSession, findSessions, insertSession } from '../../../src/ledger/access/sessions.ts';
import type { Db } from '../../../src/ledger/db.ts';
import type { Call } from './searches.ts';

const TENANT = { tenant: 'default', userId: undefined } as const;
const page = { after: undefined, limit: 11 } as const;

const made = () => ({
  ...{ keyId: `pq_${randomBytes(6).toString('hex')}`, secretSha256: Buffer.alloc(32), userId: 5 },
  ...{ name: randomBytes(6).toString('hex'), scopes: ['jobs:read'], createdBy: 'test', expiresAt: null },
});

/** What operators ask of keys; those that are seeded have the names of their numbers. */
export const KEY_REQUESTS: Readonly<Record<string, Call>> = {
  'keys, page by page': (db) => listKeyRows(db, { ...TENANT, ...page }),
  'keys of a user': (db) => listKeyRows(db, { ...TENANT, userId: 3, ...page }),
  'a key by its id': (db) => readKeyRow(db, TENANT, 'pq_17'),
  'a new key': (db) => insertKey(db, 'default', made()),
  'how many keys there are': (db) => db.transaction((tx) => countKeys(tx, 'other')),
  'the next key of a name': async (db) => {
    const row = await readKeyRow(db, TENANT, 'pq_18');
    if (row) await replaceKey(db, 'default', row, 'test');
  },
  'the end of a key': (db) => revokeKeyRow(db, TENANT, 'pq_19', 'test'),
};

/** What each call asks, before its tenant is known. */
export const KEY_LOOKUPS: Readonly<Record<string, Call>> = {
  'the keys of calls': (db) => findKeys(db, ['pq_7', 'pq_8', 'pq_0']),
  'the sessions of calls': (db) => findSessions(db, ['ps_7', 'ps_8', 'ps_0']),
  'a new session': (db) =>
    insertSession(db, 'pq_20', { id: `ps_${randomBytes(6).toString('hex')}`, secretSha256: Buffer.alloc(32) }),
  'the end of a session': (db) => deleteSession(db, 'ps_21'),
  'the use of a key': (db) => markUsed(db, 'pq_9'),
};

/** A tenth of the jobs as keys, each of a user of its own and with a session; some have ended. */
export async function addKeys(db: Db, jobs: number): Promise<void> {
  await db.query(
    `insert into pantry_queue.api_keys (key_id, tenant_id, user_id, name, scopes, secret_sha256, created_by, expires_at)
     select 'pq_' || n, 'default', n, 'n' || n, '{jobs:read}', '', 'test', case when n % 3 = 1 then now() - n * interval '1 hour' end
     from generate_series(1, $1 / 10) n`,
    [jobs],
  );
  await db.query(
    `insert into pantry_queue.sessions (session_id, tenant_id, key_no, secret_sha256, expires_at)
     select 'ps_' || substr(key_id, 4), tenant_id, key_no, '', now() + interval '1 hour' from pantry_queue.api_keys`,
  );
}
