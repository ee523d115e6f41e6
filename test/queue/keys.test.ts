import { describe, expect, it } from 'vitest';
import { KEYS, type KeyScope } from '../../src/contract/access-policies.ts';
import type { CallContext } from '../../src/contract/principal.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { createAuthenticate } from '../../src/queue/access/authenticate.ts';
import { textOf } from '../../src/words/answers.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';

const bench = useGate();

const as = (user: number, scopes: readonly KeyScope[], tenant = 'default'): CallContext => ({
  principal: { tenant, user, scopes: new Set(scopes) },
});
const adminOf = (user: number, tenant?: string) => as(user, ['jobs:read', 'jobs:write', 'queue:admin'], tenant);
const refusal = (call: Promise<unknown>) =>
  call.then(String, ({ code, message }: { code: string; message: string }) => ({ code, message }));

let names = 0;
const create = (asked: Partial<InputOf<'createKey'>> = {}, context = asOwner) =>
  bench.queue.createKey({ name: `key-${++names}`, ...asked }, context);
const shown = async (keyId: string, context: CallContext = asOwner) =>
  (await bench.queue.listKeys({ limit: 200 }, context)).keys.find(({ key_id }) => key_id === keyId);

/** Who a key is, for a process that has not seen it yet. */
const whoIs = (key: string) =>
  createAuthenticate({ db: bench.db })(key, '').then(
    ({ tenant, user, scopes }) => ({ tenant, user, scopes: [...scopes] }),
    ({ code }: { code: string }) => code,
  );

describe('[S4] create_key', () => {
  it('shows the key once, and keeps a digest of it', async () => {
    const { key, ...made } = await create({ name: 'phone-app', user_id: 7, expires_in_days: 30 });
    expect(made).toMatchObject({
      name: 'phone-app',
      user_id: 7,
      scopes: ['jobs:read', 'jobs:write'],
      status: 'active',
    });
    expect(await whoIs(key)).toEqual({ tenant: 'default', user: 7, scopes: ['jobs:read', 'jobs:write'] });
    expect(Date.parse(made.expires_at ?? '') - Date.parse(made.created_at)).toBeGreaterThan(29 * 86_400_000);
    expect(await shown(made.key_id)).toMatchObject({ key_id: made.key_id, name: 'phone-app' });
    const secret = key.slice(16, -8);
    const rows = await bench.db.query('select k::text as row, k.* from pantry_queue.api_keys k');
    const told = [rows, await bench.queue.listKeys({}, asOwner), textOf('createKey', { ...made, key })];
    expect(JSON.stringify(told)).not.toContain(secret);
    expect(JSON.stringify(rows.map((row) => Object.values(row).map(String)))).not.toContain(secret);
  });

  it.each([
    [['all'], ['jobs:read', 'jobs:write', 'queue:admin', 'act_as']],
    [
      ['queue:admin', 'jobs:read', 'jobs:read'],
      ['jobs:read', 'queue:admin'],
    ],
  ] as const)('gives a key the scopes %j, each once', async (scopes, given) => {
    expect((await create({ scopes: [...scopes] })).scopes).toEqual(given);
  });

  it('gives nobody more than their own key may do, and no key of another user without act_as', async () => {
    expect(await refusal(create({ scopes: ['all'] }, adminOf(7)))).toEqual({
      code: 'forbidden',
      message: 'Your own key does not have scope act_as.',
    });
    const reader = as(7, ['jobs:read', 'queue:admin']);
    expect(await refusal(create({}, reader))).toMatchObject({
      message: 'Your own key does not have scope jobs:write.',
    });
    expect(await refusal(create({ user_id: 8 }, adminOf(7)))).toMatchObject({ code: 'forbidden' });
    expect(await create({}, adminOf(7))).toMatchObject({ user_id: 7 });
  });

  it('makes one current key of a name for each user, however many callers try at once', async () => {
    const tries = Array.from({ length: 8 }, () => refusal(create({ name: 'one' })));
    const refused = (await Promise.all(tries)).filter((each) => typeof each === 'object');
    expect(refused).toEqual(Array(7).fill({ code: 'key_exists', message: 'There is a key named "one".' }));
    expect(await create({ name: 'one', user_id: 2 })).toMatchObject({ user_id: 2 });
  });

  it('gives the name of a key that has expired or was revoked to a new one', async () => {
    const revoked = await create({ name: 'again' });
    await bench.queue.revokeKey({ key_id: revoked.key_id }, asOwner);
    const expired = await create({ name: 'again', expires_in_days: 1 });
    await bench.db.query('update pantry_queue.api_keys set expires_at = now() where key_id = $1', [expired.key_id]);
    const current = await create({ name: 'again' });
    const states = await Promise.all(
      [revoked, expired, current].map(async ({ key_id }) => (await shown(key_id))?.status),
    );
    expect(states).toEqual(['revoked', 'expired', 'active']);
  });

  it('makes no more than a tenant may have, and clears what ended long ago', async () => {
    const insert = (count: number, ended: string) =>
      bench.db.query(
        `insert into pantry_queue.api_keys (key_id, tenant_id, user_id, name, scopes, secret_sha256, created_by, expires_at)
         select $2 || n, 'full', 1, $2 || n, '{}', '', 'test', ${ended} from generate_series(1, $1) n`,
        [count, ended],
      );
    await insert(KEYS.ofTenant, 'null');
    const inFull = adminOf(1, 'full');
    expect(await refusal(create({}, inFull))).toEqual({
      code: 'too_many_keys',
      message: 'There are too many keys: the tenant has 1000.',
    });
    await bench.db.query(
      `update pantry_queue.api_keys set expires_at = now() - interval '${KEYS.keptS + 1} s' where tenant_id = 'full' and key_no % 2 = 0`,
    );
    expect(await create({}, inFull)).toMatchObject({ status: 'active' });
    const [left] = await bench.db.query(
      `select count(*)::int as keys from pantry_queue.api_keys where tenant_id = 'full'`,
    );
    expect(left).toEqual({ keys: KEYS.ofTenant / 2 + 1 });
  });
});

describe('[S4] rotate_key', () => {
  it('makes the next key, and the one before stays valid for a day or until the next rotation: two at most', async () => {
    const first = await create({ name: 'rotated', user_id: 7, scopes: ['jobs:read'] });
    const second = await bench.queue.rotateKey({ key_id: first.key_id }, asOwner);
    expect(second).toMatchObject({ name: 'rotated', user_id: 7, scopes: ['jobs:read'], replaces: first.key_id });
    expect(Math.round((Date.parse(second.replaced_until) - Date.now()) / 3_600_000)).toBe(24);
    const reader = { tenant: 'default', user: 7, scopes: ['jobs:read'] };
    expect([await whoIs(first.key), await whoIs(second.key)]).toEqual([reader, reader]);
    const third = await bench.queue.rotateKey({ key_id: second.key_id }, asOwner);
    expect(await Promise.all([first, second, third].map(({ key }) => whoIs(key)))).toEqual([
      'unauthenticated',
      reader,
      reader,
    ]);
  });

  it('is refused for a key that is not the current one, and changes nothing', async () => {
    const first = await create();
    await bench.queue.rotateKey({ key_id: first.key_id }, asOwner);
    const revoked = await create();
    await bench.queue.revokeKey({ key_id: revoked.key_id }, asOwner);
    const before = await bench.queue.listKeys({ limit: 200 }, asOwner);
    for (const { key_id } of [first, revoked]) {
      expect(await refusal(bench.queue.rotateKey({ key_id }, asOwner))).toMatchObject({ code: 'key_ended' });
    }
    expect(await bench.queue.listKeys({ limit: 200 }, asOwner)).toEqual(before);
  });

  it('gives nobody a key that may do more than their own', async () => {
    const { key_id } = await create({ user_id: 7, scopes: ['all'] });
    expect(await refusal(bench.queue.rotateKey({ key_id }, adminOf(7)))).toMatchObject({ code: 'forbidden' });
    expect(await shown(key_id)).toMatchObject({ status: 'active' });
  });
});

describe('[S4] revoke_key', () => {
  it('ends a key for good, also one that was replaced, and says so again when it is asked again', async () => {
    const first = await create();
    const second = await bench.queue.rotateKey({ key_id: first.key_id }, asOwner);
    for (const { key_id, key } of [first, second]) {
      const revoked = await bench.queue.revokeKey({ key_id }, asOwner);
      expect(revoked).toMatchObject({ key_id, status: 'revoked', revoked_at: expect.any(String) });
      expect(await bench.queue.revokeKey({ key_id }, asOwner)).toEqual(revoked);
      expect(await whoIs(key)).toBe('unauthenticated');
    }
  });
});

it('[S1] [S3] somebody else’s key is answered exactly like one that there is not, and is in no list', async () => {
  const { key_id } = await create({ user_id: 7 });
  const UNKNOWN = 'pq_000000000000';
  const callers = [adminOf(8), as(7, ['queue:admin', 'act_as', 'jobs:read', 'jobs:write'], 'acme')];
  for (const caller of callers) {
    for (const call of ['rotateKey', 'revokeKey'] as const) {
      const answers = [key_id, UNKNOWN].map((id) => refusal(bench.queue[call]({ key_id: id }, caller)));
      const [others, unknown] = (await Promise.all(answers)).map((answer) =>
        JSON.stringify(answer).replace(/pq_\w+/g, 'ID'),
      );
      expect(others).toBe(unknown);
      expect(others).toContain('key_not_found');
    }
    expect(await shown(key_id, caller)).toBeUndefined();
  }
  expect(await shown(key_id, adminOf(7))).toMatchObject({ status: 'active' });
  expect(await refusal(bench.queue.listKeys({ user_id: 7 }, adminOf(8)))).toMatchObject({ code: 'forbidden' });
});
