import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config.ts';
import type { AppError } from '../../src/contract/errors.ts';
import { operations, streams } from '../../src/contract/operations.ts';
import type { Principal } from '../../src/contract/principal.ts';
import { type CallRates, RATE_KEYS, RATE_RULES, RATES, type RateKey } from '../../src/contract/rate-policies.ts';
import type { Db } from '../../src/ledger/db.ts';
import { createRateHeld } from '../../src/queue/access/rate.ts';
import { guarded, stagesOver } from '../../src/queue/pipeline.ts';

const NONE: CallRates = { address: 0, caller: 0, read: 0, write: 0, destroy: 0 };
const PER_S = 2;
const BURST = PER_S * RATES.burstS;

/** An operation that each rule counts, another that it counts apart or not at all. */
const ROWS = { read: operations.listCaps, write: operations.resumeQueue, destroy: operations.revokeKey } as const;
const INPUTS = { read: {}, write: {}, destroy: { key_id: 'pq_1' } } as const;
type Effect = keyof typeof ROWS;
const effectOf = (rule: RateKey): Effect => (rule in ROWS ? (rule as Effect) : 'write');

const caller = (changes: Partial<Principal> = {}): Principal => ({
  ...{ tenant: 'default', user: 7, keyId: 'pq_1', address: '203.0.113.7' },
  scopes: new Set(['jobs:read', 'jobs:write', 'queue:admin', 'act_as'] as const),
  ...changes,
});

function callsUnder(rates: CallRates) {
  let nowMs = 0;
  const stages = stagesOver({ as: () => ({}) as Db }, { rateHeld: createRateHeld(rates, () => nowMs) });
  const call = async (effect: Effect, by: Principal): Promise<AppError | 'answered'> => {
    const run = guarded({ ...ROWS[effect], output: undefined } as never, async () => ({}), stages);
    return run(INPUTS[effect], { principal: by }).then(
      () => 'answered' as const,
      (error: AppError) => error,
    );
  };
  return {
    call,
    pass: (ms: number) => {
      nowMs += ms;
    },
    async use(effect: Effect, by: Principal): Promise<void> {
      for (let nth = 0; nth < BURST; nth++) expect(await call(effect, by)).toBe('answered');
    },
  };
}

/** Who or what each rule counts apart from the usual caller. */
const APART: Readonly<Record<RateKey, Partial<Principal>>> = {
  address: { address: '203.0.113.8', keyId: 'pq_1' },
  caller: { keyId: 'pq_2' },
  read: { keyId: 'pq_2' },
  write: { keyId: 'pq_2' },
  destroy: { keyId: 'pq_2' },
};

describe.each(RATE_KEYS)('[S2] the rate %s', (key) => {
  const effect = effectOf(key);

  it('[S2] refuses the call beyond it, names itself, and says when to call again', async () => {
    const { call, use } = callsUnder({ ...NONE, [key]: PER_S });
    await use(effect, caller());
    expect(await call(effect, caller())).toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining(`more than ${PER_S}`) as string,
      hint: expect.stringContaining(RATE_RULES[key].setting) as string,
      retryAfterS: 1,
      limit: { name: RATE_RULES[key].name, limit: BURST, remaining: 0, reset_s: 1, window_s: RATES.burstS },
    });
  });

  it('[S2] lets one call through once its share of a second is over', async () => {
    const { call, use, pass } = callsUnder({ ...NONE, [key]: PER_S });
    await use(effect, caller());
    pass(1_000 / PER_S);
    expect(await call(effect, caller())).toBe('answered');
    expect(await call(effect, caller())).toMatchObject({ code: 'rate_limited' });
  });

  it('[S2] counts others apart', async () => {
    const { call, use } = callsUnder({ ...NONE, [key]: PER_S });
    await use(effect, caller());
    expect(await call(effect, caller(APART[key]))).toBe('answered');
  });

  it('[S2] of 0 refuses nobody, and a caller who needs no key is not counted', async () => {
    const unlimited = callsUnder(NONE);
    const limited = callsUnder({ ...NONE, [key]: PER_S });
    await unlimited.use(effect, caller());
    expect(await unlimited.call(effect, caller())).toBe('answered');
    const open = caller({ keyId: undefined });
    await limited.use(effect, open);
    expect(await limited.call(effect, open)).toBe('answered');
  });

  it('[S2] is a setting with a whole number of calls a second', () => {
    const setting = SETTINGS[RATE_RULES[key].setting as keyof typeof SETTINGS];
    expect(setting.parse(undefined)).toBe(RATE_RULES[key].perS);
    expect(setting.parse('0')).toBe(0);
    for (const text of ['-1', '1.5', '100001', 'many', '1e3']) expect(setting.safeParse(text).success).toBe(false);
  });
});

it('[S2] one operation at its rate leaves the others of the same caller', async () => {
  const { call, use } = callsUnder({ ...NONE, read: PER_S, write: PER_S, destroy: PER_S });
  await use('write', caller());
  expect(await call('write', caller())).toMatchObject({ code: 'rate_limited' });
  expect(await call('read', caller())).toBe('answered');
  expect(await call('destroy', caller())).toBe('answered');
});

it('[S2] what one rule refuses is counted by none', async () => {
  const { call, use } = callsUnder({ ...NONE, address: PER_S * 2, write: PER_S });
  await use('write', caller());
  for (let nth = 0; nth < BURST * 2; nth++) await call('write', caller());
  await use('read', caller());
  expect(await call('read', caller())).toMatchObject({ limit: { name: 'address' } });
});

it('[S2] all addresses of one /64 are one', async () => {
  const { call, use } = callsUnder({ ...NONE, address: PER_S });
  await use('read', caller({ address: '2001:db8::1' }));
  expect(await call('read', caller({ address: '2001:db8::ffff:1' }))).toMatchObject({ code: 'rate_limited' });
  expect(await call('read', caller({ address: '2001:db8:0:1::1' }))).toBe('answered');
});

it('[S2] opening a stream is a read', async () => {
  const stages = stagesOver({ as: () => ({}) as Db }, { rateHeld: createRateHeld({ ...NONE, read: PER_S }, () => 0) });
  const open = guarded(streams.events, async () => ({}), stages);
  for (let nth = 0; nth < BURST; nth++) await open({}, { principal: caller() });
  await expect(open({}, { principal: caller() })).rejects.toMatchObject({ limit: { name: 'operation-read' } });
});

it('[S2] one operation at its rate leaves another of the same kind', async () => {
  const stages = stagesOver({ as: () => ({}) as Db }, { rateHeld: createRateHeld({ ...NONE, write: PER_S }, () => 0) });
  const [resume, pause] = [operations.resumeQueue, operations.pauseQueue].map((row) =>
    guarded(row, async () => ({}), stages),
  );
  for (let nth = 0; nth < BURST; nth++) await resume?.({}, { principal: caller() });
  await expect(resume?.({}, { principal: caller() })).rejects.toMatchObject({ code: 'rate_limited' });
  await expect(pause?.({}, { principal: caller() })).resolves.toEqual({});
});

it('[S2] an operation keeps the rate of its own kind and no other', async () => {
  const { call, use } = callsUnder({ ...NONE, destroy: PER_S });
  for (const effect of ['read', 'write'] as const) {
    await use(effect, caller());
    expect(await call(effect, caller())).toBe('answered');
  }
});
