import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { CallRow, Scope } from '../../src/contract/operation.ts';
import { type CallKey, calls, operations } from '../../src/contract/operations.ts';
import type { Principal } from '../../src/contract/principal.ts';
import { callByKey } from '../../src/contract/queue-api.ts';
import type { Db } from '../../src/ledger/db.ts';
import type { Caller } from '../../src/queue/caller.ts';
import { guarded, guardedQueue, type Handlers, stagesOver } from '../../src/queue/pipeline.ts';
import { aFinishedJob, aJob } from '../mcp/support/fake-queue.ts';
import { STAGES } from '../support/stages.ts';

const KEYS = Object.keys(calls) as CallKey[];
const EVERYTHING: ReadonlySet<Scope | 'act_as'> = new Set(['jobs:read', 'jobs:write', 'queue:admin', 'act_as']);
const principal = (scopes: ReadonlySet<Scope | 'act_as'> = EVERYTHING, user = 7): Principal => ({
  tenant: 'default',
  user,
  scopes,
});
const without = (...left: (Scope | 'act_as' | undefined)[]) =>
  new Set([...EVERYTHING].filter((scope) => !left.includes(scope)));

/** Arguments that the row takes, with which nothing can be wrong but what a test changes. */
const USUAL: Readonly<Record<string, unknown>> = {
  receipt_id: 17,
  job_id: 'ocr-17',
  batch_id: 'batch-17',
  bulk_id: 'bulk-17',
  task_id: 't1.e30.x',
  priority: 'high',
  bytes: [],
  amount: '25.00',
  currency: 'EUR',
  period: 'month',
  name: 'nightly',
  cron: '0 2 * * *',
  webhook_id: 'webhook-17',
  key_id: 'pq_17',
  url: 'https://hooks.example/receipts',
  events: ['job.finished'],
  from: '2026-03-01T00:00:00Z',
  to: '2026-03-02T00:00:00Z',
};
/** Of receipts these are days and no times. */
const DAYS = { from: '2026-01-01', to: '2026-01-31' };
const OF_RECEIPTS: ReadonlySet<string> = new Set(['findReceipts', 'summarizeReceipts']);
function usualFor(key: CallKey): Record<string, unknown> {
  const usual = { ...USUAL, ...(OF_RECEIPTS.has(key) ? DAYS : {}) };
  return Object.fromEntries(Object.entries(usual).filter(([name]) => Object.hasOwn(calls[key].input.shape, name)));
}

const LEAVES = new Set([
  'string',
  'number',
  'boolean',
  'enum',
  'literal',
  'null',
  'unknown',
  'union of number, literal',
]);

/** The types at the ends of a schema, below objects and lists. */
function* leavesOf(schema: z.core.$ZodType): Generator<string> {
  const { def } = schema._zod as z.core.$ZodTypes['_zod'];
  if (def.type === 'optional' || def.type === 'nullable') yield* leavesOf(def.innerType);
  else if (def.type === 'array') yield* leavesOf(def.element);
  else if (def.type === 'object') for (const field of Object.values(def.shape)) yield* leavesOf(field);
  else if (def.type === 'union' && def.options.some((option) => option._zod.def.type === 'object'))
    // A record beside an object is what a job of another kind comes to, which no row here can name.
    for (const option of def.options) yield* option._zod.def.type === 'record' ? ['unknown'] : leavesOf(option);
  else if (def.type === 'union') yield `union of ${def.options.flatMap((option) => [...leavesOf(option)]).join(', ')}`;
  else yield def.type;
}

/** Handlers that note what reaches them, and answer nothing. */
function noting() {
  const reached: { key: CallKey; input: unknown; caller: Caller }[] = [];
  const handlers = Object.fromEntries(
    KEYS.map((key) => [key, async (input: unknown, caller: Caller) => void reached.push({ key, input, caller })]),
  ) as unknown as Handlers;
  return { queue: guardedQueue(handlers, STAGES), reached };
}

describe.each(KEYS)('the pipeline around %s', (key) => {
  it.skipIf(calls[key].scope === undefined)(
    'refuses a caller without its scope before it looks at the arguments, and names the scope',
    async () => {
      const { queue, reached } = noting();
      const context = { principal: principal(without(calls[key].scope)) };
      for (const input of [usualFor(key), { nonsense: 1 }, undefined]) {
        await expect(callByKey(queue, key, input, context)).rejects.toMatchObject({
          code: 'forbidden',
          message: `This call needs scope ${calls[key].scope}.`,
        });
      }
      expect(reached).toEqual([]);
    },
  );

  it('refuses arguments that are none of its own', async () => {
    const { queue, reached } = noting();
    const context = { principal: principal() };
    const wrong = { ...usualFor(key), nonsense: 1 };
    await expect(callByKey(queue, key, wrong, context)).rejects.toMatchObject({ code: 'unknown_argument' });
    for (const input of [undefined, null, [], 'x', 7]) {
      await expect(callByKey(queue, key, input, context)).rejects.toMatchObject({ code: 'invalid_argument' });
    }
    expect(reached).toEqual([]);
  });

  it('answers what its row names and nothing else', async () => {
    const named = Object.keys(calls[key].output.shape);
    const handler = async () => Object.fromEntries([...named, 'tenant_id', '__proto__'].map((name) => [name, null]));
    const call = guarded(calls[key], handler, STAGES);
    const answer = await call(usualFor(key), { principal: principal() });
    expect(Object.keys(answer as object).sort()).toEqual(named.sort());
  });

  it('has no part of an answer that strangers could hide in', () => {
    // What is stripped no deeper holds no objects, but for an agent's evidence and results of other kinds of job.
    expect([...leavesOf(calls[key].output)].filter((type) => !LEAVES.has(type))).toEqual([]);
  });

  const takesUser = Object.hasOwn(calls[key].input.shape, 'user_id');

  it('[S1] hands its handler the one rule of user_id', async () => {
    const seen = async (scopes: ReadonlySet<Scope | 'act_as'>, user_id: number | undefined) => {
      const { queue, reached } = noting();
      const input = takesUser && user_id !== undefined ? { ...usualFor(key), user_id } : usualFor(key);
      const error = await callByKey(queue, key, input, { principal: principal(scopes) }).catch((thrown) => thrown);
      const caller = reached[0]?.caller;
      return caller ? [caller.tenant, caller.userId, caller.owner] : error.code;
    };
    expect(await seen(EVERYTHING, undefined)).toEqual(['default', undefined, 7]);
    expect(await seen(without('act_as'), undefined)).toEqual(['default', 7, 7]);
    if (!takesUser) return;
    expect(await seen(EVERYTHING, 9)).toEqual(['default', 9, 9]);
    expect(await seen(without('act_as'), 7)).toEqual(['default', 7, 7]);
    expect(await seen(without('act_as'), 9)).toBe('forbidden');
  });
});

it('an answer holds what its row names and nothing else, at any depth', async () => {
  const answer = {
    ...aJob(),
    secret: 1,
    error: { code: 'c', message: 'm', hint: 'h', retryable: true, stack: 'secret' },
  };
  const call = guarded(operations.getJobStatus, async () => answer, STAGES);
  const stripped = await call({ job_id: 'ocr-17' }, { principal: principal() });
  expect(stripped).toEqual({ ...aJob(), error: { code: 'c', message: 'm', hint: 'h', retryable: true } });
});

const aReading = aFinishedJob('Corner Shop', ['Milk']).result;

it.each([
  ['a reading without what its row does not name', { ...aReading, secret: 1 }, aReading],
  ['what another kind of job came to, as it is', { words: 3, secret: 1 }, { words: 3, secret: 1 }],
])('a result is answered as %s', async (_what, result, answered) => {
  const call = guarded(operations.getJobStatus, async () => ({ ...aJob(), result }), STAGES);
  expect(await call({ job_id: 'ocr-17' }, { principal: principal() })).toEqual({ ...aJob(), result: answered });
});

it('an answer with a value that no schema foresaw is given all the same', async () => {
  const answer = { ...aJob(), created_at: 'infinity', position: Number.NaN };
  const call = guarded(operations.getJobStatus, async () => answer, STAGES);
  expect(await call({ job_id: 'ocr-17' }, { principal: principal() })).toEqual(answer);
});

it('a further stage is one entry of the list, and sees the checked input and the answer', async () => {
  const audited: unknown[] = [];
  const row: CallRow = operations.pauseQueue;
  const audit = async (call: { input: unknown }, next: () => Promise<unknown>) => {
    const answer = await next();
    audited.push([call.input, answer]);
    return answer;
  };
  const output = { name: 'q', paused: null, changed: true };
  const call = guarded(row, async () => ({ ...output, more: 1 }), [audit, ...STAGES]);
  await call({ reason: 'spring cleaning' }, { principal: principal() });
  expect(audited).toEqual([[{ reason: 'spring cleaning' }, output]]);
});

it('[S3] a handler gets the ledger open for the tenant of its caller, and for no other', async () => {
  const opened: string[] = [];
  const stages = stagesOver({
    as: (tenant) => {
      opened.push(tenant);
      return { tenant } as unknown as Db;
    },
  });
  const call = guarded(operations.resumeQueue, async (_input, { db }) => ({ name: db }), stages);
  expect(await call({}, { principal: { ...principal(), tenant: 'acme' } })).toEqual({ name: { tenant: 'acme' } });
  expect(opened).toEqual(['acme']);
});
