import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { costOf } from '../../src/contract/agent-reply/cost.ts';
import { UNPRICED } from '../../src/contract/cost.ts';
import { keepRefusedReply } from '../../src/ledger/replies.ts';
import { textOf } from '../../src/words/answers.ts';
import { addReceipts } from '../support/db.ts';
import { useGate } from '../support/gate.ts';
import { replyOf } from '../support/job-states.ts';
import { asOwner } from '../support/owner.ts';
import { createBillBench } from './support/bill-bench.ts';

const bench = useGate();
const { clearAll, usd, called, store, paid, paidAt, costs, fold, wrong } = createBillBench(bench);
beforeEach(clearAll);

const status = (run: { subject: number }) =>
  bench.queue.getJobStatus({ job_id: `ocr-${run.subject}` }, asOwner).then(({ paid_calls, costs: each }) => ({
    paid_calls,
    costs: each,
  }));

describe('what a call cost', () => {
  it('[Q23] is on the bill of its job once, however often its reply is stored', async () => {
    const run = await called();
    await Promise.all(Array.from({ length: 5 }, () => store(run, usd('0.0125'))));
    await store(run, usd('0.0125'));
    expect(await status(run)).toEqual({ paid_calls: 1, costs: [{ amount: '0.0125', currency: 'USD' }] });
    await fold();
    await fold();
    expect((await costs()).rows).toMatchObject([{ paid_calls: 1, costs: [{ amount: '0.0125', currency: 'USD' }] }]);
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] counts for an answer that was refused, and for each further call', async () => {
    const run = await called();
    const refused = { ...replyOf(run.subject), cost: usd('0.01'), code: 'agent_bad_response' } as const;
    await keepRefusedReply(bench.db, run, 1, refused);
    await keepRefusedReply(bench.db, run, 1, refused);
    await store(run, usd('0.02'), 2);
    expect(await status(run)).toEqual({ paid_calls: 2, costs: [{ amount: '0.03', currency: 'USD' }] });
  });

  it('[Q23] is told by status, result, explanation, batch and list alike, each currency for itself', async () => {
    const ids = await addReceipts(bench.db, 2);
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids: ids }, asOwner);
    const run = { kind: 'ocr', subject: ids[0] ?? 0, generation: 1, runNo: 1 };
    await store(run, usd('0.5'), 1);
    await store(run, { ...UNPRICED, amount: '2', currency: 'EUR' }, 2);
    await store(run, UNPRICED, 3);
    await bench.db.query('update pantry_queue.jobs set attempt = 3 where subject = $1', [run.subject]);
    const told = [
      { amount: '2', currency: 'EUR' },
      { amount: '0.5', currency: 'USD' },
    ];
    const job_id = `ocr-${run.subject}`;
    expect((await bench.queue.getJobStatus({ job_id }, asOwner)).costs).toEqual(told);
    expect((await bench.queue.getResult({ job_id }, asOwner)).costs).toEqual(told);
    const explained = await bench.queue.explainJob({ job_id }, asOwner);
    expect(explained.costs).toEqual(told);
    expect(explained.lines).toContain('3 calls of the agent were answered, for 2 EUR and 0.5 USD.');
    expect((await bench.queue.getBatch({ batch_id: batch_id ?? '' }, asOwner)).costs).toEqual(told);
    for (const folded of [false, true]) {
      if (folded) await fold();
      const [row] = (await costs()).rows;
      expect(row).toMatchObject({ paid_calls: 3, unpriced_calls: 1, costs: told });
    }
  });

  it('[Q23] of a batch holds what its retries cost, and not what was paid before it', async () => {
    const [first = 0, second = 0] = await addReceipts(bench.db, 2);
    const before = await paid(usd('7'));
    const { batch_id } = await bench.queue.enqueueBatchOcr({ receipt_ids: [first, second, before.subject] }, asOwner);
    await store({ kind: 'ocr', subject: first, generation: 1, runNo: 1 }, usd('0.1'));
    await bench.queue.cancelJob({ job_id: `ocr-${first}` }, asOwner);
    await bench.queue.retryJob({ job_id: `ocr-${first}` }, asOwner);
    await store({ kind: 'ocr', subject: first, generation: 2, runNo: 1 }, usd('0.2'));
    expect((await bench.queue.getBatch({ batch_id: batch_id ?? '' }, asOwner)).costs).toEqual([
      { amount: '0.3', currency: 'USD' },
    ]);
  });

  it('[Q23] stays in the sums when its receipt is deleted before or after the reply, without a word of it', async () => {
    const stored = await paid(usd('1'));
    await bench.db.query('delete from public.receipts where id = $1', [stored.subject]);
    await bench.dispatch.sweep();
    const meanwhile = await called();
    await bench.db.query('delete from public.receipts where id = $1', [meanwhile.subject]);
    await store(meanwhile, usd('2'));
    await bench.dispatch.sweep();
    expect((await costs()).rows).toMatchObject([{ paid_calls: 2, costs: [{ amount: '3', currency: 'USD' }] }]);
    expect(await bench.db.query('select 1 from pantry_queue.replies')).toEqual([]);
    expect(await wrong()).toEqual([]);
  });

  it('[Q23] is exact for any amounts, in whatever parts they are summed', async () => {
    const amounts = fc.array(fc.tuple(fc.bigInt(0n, 10n ** 12n), fc.integer({ min: 1, max: 3 }), fc.boolean()), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(amounts, async (rows) => {
        await clearAll();
        let total = 0n;
        for (const [nanos, user, folds] of rows) {
          const digits = nanos.toString().padStart(10, '0');
          await paid(usd(`${digits.slice(0, -9)}.${digits.slice(-9)}`), user);
          total += nanos;
          if (folds) await fold();
        }
        const sum = (found: Awaited<ReturnType<typeof costs>>) =>
          found.rows.reduce((all, { costs: [cost] }) => {
            const [whole = '', part = ''] = (cost?.amount ?? '0').split('.');
            return all + BigInt(whole + part.padEnd(9, '0'));
          }, 0n);
        expect(sum(await costs({ group: 'owner' }))).toBe(total);
        expect(sum(await costs({ group: 'day' }))).toBe(total);
        expect(await wrong()).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });
});

describe('get_costs', () => {
  beforeEach(async () => {
    await paidAt('2026-01-31T23:59:59Z', usd('1', { model: 'small' }), 1);
    await paidAt('2026-02-01T00:00:00Z', usd('2', { model: 'large' }), 2);
    await paidAt('2026-02-02T12:00:00Z', usd('4'), 2);
    await paidAt('2026-02-02T13:00:00Z', UNPRICED, 3);
  });
  const keys = async (asked: Parameters<typeof costs>[0]) =>
    (await costs({ to_day: '2026-02-28', from_day: '2026-01-01', ...asked })).rows.map((row) => [
      row.key,
      row.paid_calls,
      row.costs[0]?.amount ?? null,
    ]);

  it.each([false, true])(
    '[Q23] sums by month, day, owner and model, added to the sums or not yet: %s',
    async (folded) => {
      if (folded) await fold();
      expect(await keys({})).toEqual([
        ['2026-01', 1, '1'],
        ['2026-02', 3, '6'],
      ]);
      expect(await keys({ group: 'day' })).toEqual([
        ['2026-01-31', 1, '1'],
        ['2026-02-01', 1, '2'],
        ['2026-02-02', 2, '4'],
      ]);
      expect(await keys({ group: 'owner' })).toEqual([
        ['1', 1, '1'],
        ['2', 2, '6'],
        ['3', 1, null],
      ]);
      expect(await keys({ group: 'model' })).toEqual([
        ['unknown', 2, '4'],
        ['large', 1, '2'],
        ['small', 1, '1'],
      ]);
      expect(await keys({ group: 'day', user_id: 2, from_day: '2026-02-02', to_day: '2026-02-02' })).toEqual([
        ['2026-02-02', 1, '4'],
      ]);
      expect(await keys({ group: 'owner', user_id: 2 })).toEqual([['2', 2, '6']]);
    },
  );

  it('[Q23] pages through owners, also past those who paid nothing in that time', async () => {
    await fold();
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 6; pages++) {
      const page = await costs({ group: 'owner', from_day: '2026-02-01', to_day: '2026-02-28', limit: 1, cursor });
      seen.push(...page.rows.map(({ key }) => key));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(['2', '3']);
  });

  it.each([
    ['a day that does not exist', { from_day: '2026-02-30' }],
    ['no day', { to_day: 'yesterday' }],
    ['days in the wrong order', { from_day: '2026-02-02', to_day: '2026-02-01' }],
    ['more than a year', { from_day: '2024-02-02', to_day: '2026-02-01' }],
  ])('[Q23] refuses %s', async (_name, asked) => {
    await expect(costs(asked)).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('[Q23] tells a person what each month cost', async () => {
    expect(
      textOf('getCosts', await costs({ from_day: '2026-01-01', to_day: '2026-02-28' })).map((line) => line.trim()),
    ).toEqual(['month    calls  cost', '2026-01  1      1 USD', '2026-02  3      6 USD, 1 not priced']);
  });

  it('[S1] shows a user without act_as only what is their own', async () => {
    const scopes = new Set(['jobs:read'] as const);
    const own = { principal: { tenant: 'default', user: 2, scopes } };
    const asked = { group: 'owner', from_day: '2026-01-01', to_day: '2026-02-28' } as const;
    expect((await bench.queue.getCosts(asked, own)).rows.map(({ key }) => key)).toEqual(['2']);
    const other = { principal: { tenant: 'another', user: 2, scopes } };
    expect((await bench.queue.getCosts(asked, other)).rows).toEqual([]);
  });

  it('[I11] keeps no more than 50 models a month apart, whatever an agent calls them', async () => {
    for (let n = 0; n < 60; n++) {
      await bench.db.query(
        `insert into pantry_queue.paid_calls (job_no, attempt, tenant_id, user_id, cost, currency, model, at)
         values ($1, 1, 'default', 1, 1, 'USD', $2, '2026-03-05')`,
        [1_000_000_000 + n, `model-${n}`],
      );
      if (n % 20 === 19) await fold();
    }
    const rows = await keys({ group: 'model', limit: 200, from_day: '2026-03-01', to_day: '2026-03-31' });
    expect(rows).toHaveLength(51);
    expect(rows.find(([key]) => key === 'other')).toEqual(['other', 10, '10']);
  });
});

describe('an agent that names a cost', () => {
  const PRICES = { currency: 'USD', perCall: '0.25', byModel: { small: '0.05' } };
  const read = (reply: unknown) => {
    const { amount, currency, model, unread } = costOf(Buffer.from(JSON.stringify(reply)), PRICES);
    return [amount, currency, model, unread];
  };

  it.each<[string, unknown, unknown[]]>([
    ['an amount as text', { cost: { amount: '0.0125', currency: 'EUR', model: 'x' } }, ['0.0125', 'EUR', 'x', false]],
    ['a number, exactly as written', { cost: { amount: 0.1 } }, ['0.1', 'USD', undefined, false]],
    ['a number with an exponent', { cost: 1e-7 }, ['0.0000001', 'USD', undefined, false]],
    ['a cost in its usage', { usage: { cost: '3', model: 'm/1:b' } }, ['3', 'USD', 'm/1:b', false]],
    ['a currency in small letters', { cost: { amount: '1', currency: ' eur ' } }, ['1', 'EUR', undefined, false]],
    ['more decimals than are kept', { cost: '0.0000000015' }, ['0.000000002', 'USD', undefined, false]],
    ['nothing', {}, ['0.25', 'USD', undefined, false]],
    ['only its model', { model: 'small' }, ['0.05', 'USD', 'small', false]],
    ['a model without a price', { model: 'large' }, ['0.25', 'USD', 'large', false]],
    ['a name that every object has', { model: 'constructor' }, ['0.25', 'USD', 'constructor', false]],
    ['a negative cost', { cost: '-1' }, ['0.25', 'USD', undefined, true]],
    ['words', { cost: 'a lot' }, ['0.25', 'USD', undefined, true]],
    ['an unknown currency', { cost: { amount: '1', currency: 'XYZ' } }, ['0.25', 'USD', undefined, true]],
    ['more than any bill', { cost: '1000000000000000' }, ['0.25', 'USD', undefined, true]],
    ['a list', { cost: [1] }, ['0.25', 'USD', undefined, true]],
    ['a model that is no name', { cost: '1', model: 'a\nb' }, ['1', 'USD', undefined, false]],
    ['no cost: null', { cost: null }, ['0.25', 'USD', undefined, false]],
  ])('[Q23] is understood with %s', (_name, reply, expected) => {
    expect(read(reply)).toEqual(expected);
  });

  it('[Q23] costs the price of a call where its answer is no JSON, and nothing that is known without a price', () => {
    expect(costOf(Buffer.from('<html>'), PRICES)).toMatchObject({ amount: '0.25', unread: false });
    expect(costOf(Buffer.from('{}'), { ...PRICES, perCall: undefined })).toMatchObject({ amount: undefined });
  });

  it('[Q23] never throws, and never reads a cost that is not a decimal without a sign', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ cost: fc.jsonValue(), usage: fc.jsonValue() })), (reply) => {
        const { amount, currency } = costOf(Buffer.from(JSON.stringify(reply)), PRICES);
        expect(amount).toMatch(/^\d{1,12}(\.\d{1,9})?$/);
        expect(currency).toMatch(/^[A-Z]{3}$/);
      }),
    );
  });
});
