import { describe, expect, it } from 'vitest';
import type { AppError } from '../../src/contract/errors.ts';
import { deleteKeysNamed, insertKey, revokeKeyRow } from '../../src/ledger/access/api-keys.ts';
import { createNotifier } from '../../src/ledger/notify.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { newKey } from '../../src/queue/access/key-text.ts';
import { createSessions } from '../../src/queue/access/sessions.ts';
import { useDatabase } from '../support/db.ts';

const database = useDatabase();
let made = 0;
const NAMED = () => ({ userId: 7, name: `key-${made}` });

async function keyOf() {
  made++;
  const key = newKey();
  const definition = { ...NAMED(), scopes: ['jobs:read'], createdBy: 'test', expiresAt: null };
  await insertKey(database.db, 'default', { ...key, ...definition });
  return key;
}

/** Another process: its clock stands still, so what it believes never grows old by itself. */
async function anotherProcess() {
  const notifier = createNotifier(database.db);
  const now = Date.now();
  const authenticate = createAuthenticate({ db: database.db, now: () => now });
  let heard: string | null | undefined;
  notifier.onEnded((id) => {
    heard = id;
    authenticate.forget(id);
  });
  // It listens: what ends from here on is heard.
  await expect
    .poll(async () => {
      await database.db.query(`select pg_notify('pantry_queue', '{"k":"ps_nobody"}')`);
      return heard;
    })
    .toBe('ps_nobody');
  return {
    close: () => notifier.close(),
    outcome: (text: string, kind: 'key' | 'session' = 'key') =>
      authenticate(text, '10.0.0.1', kind).then(
        () => 'taken',
        ({ code }: AppError) => code,
      ),
  };
}

function step(): { readonly passed: Promise<void>; pass(): void } {
  let pass = () => {};
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return { passed, pass: () => pass() };
}

const ENDS = {
  revoked: (keyId: string) => revokeKeyRow(database.db, { tenant: 'default', userId: undefined }, keyId, 'test'),
  deleted: () => database.db.transaction((tx) => deleteKeysNamed(tx, 'default', NAMED())),
  'revoked in SQL': (keyId: string) =>
    database.db.query('update pantry_queue.api_keys set revoked_at = now() where key_id = $1', [keyId]),
} as const;

describe('[S4] a key that ends', () => {
  it.each(Object.entries(ENDS))(
    '[S4] by being %s is refused by every process at once, and its sessions too',
    async (_how, end) => {
      const other = await anotherProcess();
      const { text, keyId } = await keyOf();
      const sessions = createSessions({ db: database.db, authenticate: createAuthenticate({ db: database.db }) });
      const session = (await sessions.open(text, '')).text;
      expect([await other.outcome(text), await other.outcome(session, 'session')]).toEqual(['taken', 'taken']);
      await end(keyId);
      await expect.poll(() => other.outcome(text)).toBe('unauthenticated');
      await expect.poll(() => other.outcome(session, 'session')).toBe('unauthenticated');
      await other.close();
    },
  );

  it('[S4] as a session that is signed out is refused by every process at once, and its key is not', async () => {
    const other = await anotherProcess();
    const { text } = await keyOf();
    const sessions = createSessions({ db: database.db, authenticate: createAuthenticate({ db: database.db }) });
    const session = (await sessions.open(text, '')).text;
    expect(await other.outcome(session, 'session')).toBe('taken');
    expect(await sessions.end(session, '')).toBe(true);
    await expect.poll(() => other.outcome(session, 'session')).toBe('unauthenticated');
    expect(await other.outcome(text)).toBe('taken');
    await other.close();
  });

  it('[S4] while the answer about it is on its way is not believed after', async () => {
    const { text, keyId } = await keyOf();
    const isAsked = step();
    const mayGo = step();
    const now = Date.now();
    const authenticate = createAuthenticate({
      now: () => now,
      db: {
        async query(sql, values) {
          const rows = await database.db.query<never>(sql, values);
          if (sql.includes('any ($1::text[])')) {
            isAsked.pass();
            await mayGo.passed;
          }
          return rows;
        },
      },
    });
    const first = authenticate(text, '');
    await isAsked.passed;
    await revokeKeyRow(database.db, { tenant: 'default', userId: undefined }, keyId, 'test');
    authenticate.forget(keyId);
    mayGo.pass();
    await first;
    await expect(authenticate(text, '')).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
