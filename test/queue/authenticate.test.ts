import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FAILED_KEYS, KEYS } from '../../src/contract/access-policies.ts';
import type { AppError } from '../../src/contract/errors.ts';
import { insertKey, revokeKeyRow } from '../../src/ledger/access/api-keys.ts';
import { mapDatabaseError } from '../../src/ledger/connection/database-error.ts';
import type { Queryable } from '../../src/ledger/connection/queryable.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { newKey } from '../../src/queue/access/key-text.ts';
import { networkOf } from '../../src/queue/access/network.ts';
import { useDatabase } from '../support/db.ts';

const database = useDatabase();
let made = 0;

async function keyOf({ tenant = 'default', user = 7, expiresAt = null as Date | null } = {}) {
  const key = newKey();
  const definition = { userId: user, name: `key-${++made}`, scopes: ['jobs:read', 'act_as'], createdBy: 'test' };
  await insertKey(database.db, tenant, { ...key, ...definition, expiresAt });
  return key;
}

/** A process of its own, whose clock stands still and whose statements are counted. */
function process({ query = database.db.query }: Partial<Queryable> = {}) {
  let now = Date.now();
  const asked: string[] = [];
  const db: Queryable = {
    query: (text, values) => {
      if (text.includes('any ($1::text[])')) asked.push(text);
      return query(text, values);
    },
  };
  const authenticate = createAuthenticate({ db, now: () => now });
  return {
    asked,
    pass: (ms: number) => {
      now += ms;
    },
    authenticate,
    outcome: (key: string | undefined, address = '10.0.0.1') =>
      authenticate(key, address).then(
        ({ tenant, user }) => `${tenant}/${user}`,
        ({ code }: AppError) => code,
      ),
  };
}

describe('[S4] a key', () => {
  it('is the user it was made for, with its scopes, and nobody else', async () => {
    const { text, keyId } = await keyOf({ tenant: 'acme', user: 9 });
    expect(await process().authenticate(text, '')).toEqual({
      tenant: 'acme',
      user: 9,
      scopes: new Set(['jobs:read', 'act_as']),
      keyId,
      credential: 'key',
    });
    expect(text).toMatch(/^pq_[0-9a-f]{12}_[0-9a-f]{72}$/);
  });

  it('is looked up once in five seconds, no matter who calls at the same moment', async () => {
    const { text } = await keyOf();
    const { asked, outcome, pass } = process();
    await Promise.all(Array.from({ length: 50 }, () => outcome(text)));
    pass(KEYS.believedMs - 1);
    expect([await outcome(text), asked.length]).toEqual(['default/7', 1]);
    pass(1);
    expect([await outcome(text), asked.length]).toEqual(['default/7', 2]);
  });

  it('that was revoked is refused by every process within five seconds', async () => {
    const { text, keyId } = await keyOf();
    const other = process();
    expect(await other.outcome(text)).toBe('default/7');
    await revokeKeyRow(database.db, { tenant: 'default', userId: undefined }, keyId, 'test');
    other.pass(KEYS.believedMs);
    expect(await other.outcome(text)).toBe('unauthenticated');
  });

  it('that has expired is refused', async () => {
    const { text } = await keyOf({ expiresAt: new Date(Date.now() - 1_000) });
    expect(await process().outcome(text)).toBe('unauthenticated');
  });

  it('with the id of another and a secret of its own is refused, before and after that one was seen', async () => {
    const right = await keyOf();
    const { outcome } = process();
    const forged = forge(right.keyId);
    expect(await outcome(forged)).toBe('unauthenticated');
    expect(await outcome(right.text)).toBe('default/7');
    expect(await outcome(forged)).toBe('unauthenticated');
    expect(await outcome(right.text)).toBe('default/7');
  });

  it('is told from an unknown one by its checksum when a character was mistaken or lost, without a statement', async () => {
    const { text } = await keyOf();
    const { asked, authenticate } = process();
    const typos = [text.replace(/.$/, (last) => (last === '0' ? '1' : '0')), text.slice(0, -1), `${text}0`, 'pq_', ''];
    for (const [nth, typo] of typos.entries()) {
      await expect(authenticate(typo, `10.0.1.${nth}`)).rejects.toMatchObject({
        code: 'unauthenticated',
        message: 'What was sent is not a key: it is cut off, or has a typo.',
      });
    }
    expect(asked).toEqual([]);
    await expect(authenticate(undefined, '')).rejects.toThrow('This call needs a key, and none was sent.');
  });

  it('is written as used at most once a minute, by all processes together', async () => {
    const { text, keyId } = await keyOf();
    const uses = async () => {
      const [row] = await database.db.query<{ used: Date | null; version: string }>(
        'select last_used_at as used, xmin::text as version from pantry_queue.api_keys where key_id = $1',
        [keyId],
      );
      return row;
    };
    const before = await uses();
    await process().outcome(text);
    const once = await expect.poll(uses).not.toEqual(before).then(uses);
    expect(once?.used).toBeInstanceOf(Date);
    await process().outcome(text);
    await process().outcome(text);
    expect(await uses()).toEqual(once);
  });
});

/** A key with a known id, as somebody who has seen that would make one. */
function forge(keyId: string): string {
  const body = newKey()
    .text.replace(/^pq_[0-9a-f]{12}/, keyId)
    .slice(0, -8);
  return body + crc32(body).toString(16).padStart(8, '0');
}

describe('[S4] a flood of wrong keys', () => {
  it('of one address is refused unread after twenty, and may try again six times a minute', async () => {
    const { asked, outcome, authenticate, pass } = process();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => outcome(newKey().text)));
    const refused = outcomes.filter((code) => code === 'rate_limited').length;
    expect([refused, new Set(outcomes)]).toEqual([
      200 - FAILED_KEYS.burst,
      new Set(['unauthenticated', 'rate_limited']),
    ]);
    // All of them in two statements.
    expect(asked.length).toBeLessThanOrEqual(2);
    await expect(authenticate(newKey().text, '10.0.0.1')).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterS: 10,
    });
    expect(await outcome(newKey().text, '10.0.0.2')).toBe('unauthenticated');
    pass(10_000);
    expect([await outcome(newKey().text), await outcome(newKey().text)]).toEqual(['unauthenticated', 'rate_limited']);
  });

  it('of the same key is answered from memory', async () => {
    const { asked, outcome } = process();
    const { text } = newKey();
    for (let nth = 0; nth < 30; nth++) await outcome(text, `10.1.0.${nth}`);
    expect(asked.length).toBe(1);
  });

  it('does not lock out the keys in use behind the same address, and no right key costs a try', async () => {
    const { text } = await keyOf();
    const { outcome, pass } = process();
    for (let nth = 0; nth < 2 * FAILED_KEYS.burst; nth++) expect(await outcome((await keyOf()).text)).toBe('default/7');
    expect(await outcome(text)).toBe('default/7');
    const wrong = await Promise.all(Array.from({ length: 2 * FAILED_KEYS.burst }, () => outcome(newKey().text)));
    expect(wrong).toContain('rate_limited');
    pass(KEYS.believedMs);
    expect(await outcome(text)).toBe('default/7');
    expect(await outcome((await keyOf()).text)).toBe('rate_limited');
  });

  it('from one network of IPv6 counts as one address', async () => {
    const networks = ['2001:db8::1', '2001:db8:0:0:ffff::2', '2001:db8::1:0:0:0', '2001:DB8::%eth0'].map(networkOf);
    expect(new Set(networks)).toEqual(new Set(['2001:db8:0:0::/64']));
    expect([
      networkOf('2001:db8:0:1::1'),
      networkOf('::1'),
      networkOf('::ffff:10.0.0.1'),
      networkOf('10.0.0.1'),
    ]).toEqual(['2001:db8:0:1::/64', '0:0:0:0::/64', '10.0.0.1', '10.0.0.1']);
  });
});

it('[S4] a database that is away is said to be away, and nobody is let in meanwhile', async () => {
  const { text } = await keyOf();
  const error = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
  const { outcome } = process({ query: () => Promise.reject(mapDatabaseError(error)) });
  for (let nth = 0; nth < 2 * FAILED_KEYS.burst; nth++) expect(await outcome(text)).toBe('ledger_unavailable');
});
