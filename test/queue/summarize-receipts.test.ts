import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MONEY } from '../../src/contract/money-policy.ts';
import type { InputOf } from '../../src/contract/queue-api.ts';
import { useGate } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { type MadeReceipt, makeReceipts } from './support/money-bench.ts';

const bench = useGate();
const sum = (asked: InputOf<'summarizeReceipts'>) => bench.queue.summarizeReceipts(asked, asOwner);

let users = 100;
/** A user with these receipts and no others. */
async function userWith(receipts: readonly MadeReceipt[]): Promise<number> {
  const user_id = ++users;
  await makeReceipts(
    bench.db,
    receipts.map((receipt) => ({ ...receipt, user_id })),
  );
  return user_id;
}

const part = (receipts: number, total: string) => ({ receipts, total });
const NONE = part(0, '0');

describe('[M9] summarize_receipts', () => {
  it('[M9] answers what was spent at a shop in a month, each currency and what is doubtful for itself', async () => {
    const user_id = await userWith([
      { merchant: 'LIDL', day: '2026-04-03', total: '30.99', doubtful: true },
      { merchant: 'Lidl GmbH', day: '2026-04-07', total: '22.68' },
      { merchant: 'Lidl', day: '2026-04-28', total: '20.00' },
      { merchant: 'lidl', day: '2026-04-30', total: '20.00' },
      { merchant: 'Lidl', day: '2026-04-15', total: '31.50', currency: 'CHF' },
      { merchant: 'Lidl', day: '2026-05-01', total: '99.00' },
      { merchant: 'Lid1', day: '2026-04-16', total: '9.00' },
      { merchant: 'Lidl', day: null, total: '8.00' },
      { merchant: 'Lidl', day: '2026-04-02', total: null },
    ]);
    expect(await sum({ user_id, merchant: 'lidl', from: '2026-04-01', to: '2026-04-30' })).toEqual({
      sum_by: 'currency',
      receipts: 6,
      totals: [
        { currency: 'EUR', certain: part(3, '62.68'), doubtful: part(1, '30.99') },
        { currency: 'CHF', certain: part(1, '31.50'), doubtful: NONE },
      ],
      groups: [
        { group: 'EUR', currency: 'EUR', certain: part(3, '62.68'), doubtful: part(1, '30.99') },
        { group: 'CHF', currency: 'CHF', certain: part(1, '31.50'), doubtful: NONE },
      ],
      groups_left_out: 0,
      without_total: 1,
      without_date: 1,
      merchants: ['Lidl'],
      similar_merchants: [{ merchant: 'Lid1', receipts: 1 }],
    });
  });

  it('sums by shop, however it was spelled, the largest sum first, and says what it leaves out', async () => {
    const user_id = await userWith([
      { merchant: 'Müller', total: '1.10' },
      { merchant: 'MUELLER GmbH', total: '2.00' },
      { merchant: 'Müller', total: '0.20' },
      { merchant: 'Müller', total: '0.05', currency: 'CHF' },
      { merchant: null, total: '5.00' },
      { merchant: 'Aldi', total: '1000.00' },
    ]);
    const { groups, groups_left_out } = await sum({ user_id, sum_by: 'merchant', limit: 3 });
    expect(groups).toEqual([
      { group: 'Aldi', currency: 'EUR', certain: part(1, '1000.00'), doubtful: NONE },
      { group: null, currency: 'EUR', certain: part(1, '5.00'), doubtful: NONE },
      { group: 'Müller', currency: 'EUR', certain: part(3, '3.30'), doubtful: NONE },
    ]);
    expect(groups_left_out).toBe(1);
  });

  it('sums by month, the latest first, and those without a day last', async () => {
    const user_id = await userWith([
      { day: '2025-12-31', total: '1.00' },
      { day: '2026-01-01', total: '2.00', doubtful: true },
      { day: '2026-01-31', total: '3.00' },
      { day: null, total: '4.00' },
    ]);
    const summary = await sum({ user_id, sum_by: 'month' });
    expect(summary.groups).toEqual([
      { group: '2026-01', currency: 'EUR', certain: part(1, '3.00'), doubtful: part(1, '2.00') },
      { group: '2025-12', currency: 'EUR', certain: part(1, '1.00'), doubtful: NONE },
      { group: null, currency: 'EUR', certain: part(1, '4.00'), doubtful: NONE },
    ]);
    expect(summary.without_date).toBe(1);
  });

  it('sums the prices of items, and only of those with the word that is asked for', async () => {
    const user_id = await userWith([
      {
        total: '9.00',
        items: [
          ['Milch', '1.19'],
          ['MILCH', '1.19'],
          ['Brot', '2.00'],
          ['Milch', null],
        ],
      },
      { total: '5.00', doubtful: true, items: [['milch', '1.09']] },
      { total: '2.00', currency: 'CHF', items: [['Milch', '1.50']] },
    ]);
    const summary = await sum({ user_id, item: 'milch', sum_by: 'item' });
    expect(summary).toMatchObject({
      receipts: 3,
      without_total: 1,
      groups: [
        { currency: 'EUR', certain: part(1, '2.38'), doubtful: part(1, '1.09') },
        { group: 'Milch', currency: 'CHF', certain: part(1, '1.50'), doubtful: NONE },
      ],
    });
    const [first] = (await sum({ user_id, sum_by: 'item' })).groups;
    expect(first).toMatchObject({ certain: part(1, '2.38') });
  });

  it('[M9] gives exactly what adding the totals by hand gives, for any receipts', async () => {
    const cents = fc.integer({ min: -99_999_999, max: 99_999_999 });
    const made = fc.record({
      merchant: fc.constantFrom('Lidl', 'LIDL', 'Aldi', null),
      day: fc.constantFrom('2026-01-31', '2026-02-01', null),
      cents: fc.option(cents),
      currency: fc.constantFrom('EUR', 'CHF', 'JPY'),
      doubtful: fc.boolean(),
    });
    const decimal = (n: bigint) => {
      const digits = String(n < 0n ? -n : n).padStart(3, '0');
      return `${n < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(made, { minLength: 1, maxLength: 40 }), async (rows) => {
        const user_id = await userWith(
          rows.map(({ cents: n, ...row }) => ({ ...row, total: n === null ? null : decimal(BigInt(n)) })),
        );
        const { totals, receipts, without_total, without_date } = await sum({ user_id });
        const known = rows.filter((row) => row.cents !== null);
        const expected = ['EUR', 'CHF', 'JPY'].flatMap((currency) => {
          const of = known.filter((row) => row.currency === currency);
          const sums = (some: typeof of) =>
            some.length === 0
              ? NONE
              : part(some.length, decimal(some.reduce((all, row) => all + BigInt(row.cents ?? 0), 0n)));
          const [certain, doubtful] = [of.filter((row) => !row.doubtful), of.filter((row) => row.doubtful)];
          return of.length === 0 ? [] : [{ currency, certain: sums(certain), doubtful: sums(doubtful) }];
        });
        expect(totals).toHaveLength(expected.length);
        expect(totals).toEqual(expect.arrayContaining(expected));
        expect([receipts, without_total, without_date]).toEqual([
          rows.length,
          rows.length - known.length,
          rows.filter(({ day }) => day === null).length,
        ]);
      }),
      { numRuns: 25 },
    );
  });

  it('says that a sum of too much is too broad, and sums a shorter time', async () => {
    const user_id = await userWith(
      Array.from({ length: 101 }, (_, nth) => ({ day: nth < 5 ? '2020-01-01' : '2021-01-01', total: '1.00' })),
    );
    await bench.db.query(
      `insert into public.receipt_items (receipt_id, item_name, total_price)
       select r.id, 'Milk', 0.01 from public.receipts r cross join generate_series(1, 1000) where r.user_id = $1`,
      [user_id],
    );
    expect(101_000).toBeGreaterThan(MONEY.summed);
    await expect(sum({ user_id, sum_by: 'item' })).rejects.toMatchObject({ code: 'search_too_broad' });
    const { groups } = await sum({ user_id, sum_by: 'item', to: '2020-12-31' });
    expect(groups).toMatchObject([{ certain: part(5, '50.00') }]);
    expect((await sum({ user_id })).receipts).toBe(101);
  });

  it('[S1] sums nothing of another user or tenant', async () => {
    await makeReceipts(bench.db, [{ user_id: 1, merchant: 'Lidl', total: '1.00', tenant_id: 'other' }]);
    const scopes = new Set(['jobs:read'] as const);
    const of = (tenant: string, user: number) =>
      bench.queue.summarizeReceipts({}, { principal: { tenant, user, scopes } });
    expect((await of('other', 1)).totals).toEqual([{ currency: 'EUR', certain: part(1, '1.00'), doubtful: NONE }]);
    expect(await of('other', 2)).toMatchObject({ receipts: 0, totals: [] });
    expect(await of('default', 1)).toMatchObject({ receipts: 0, totals: [] });
  });

  it.each<[keyof InputOf<'summarizeReceipts'>, unknown]>([
    ['sum_by', 'year'],
    ['limit', MONEY.groups + 1],
    ['from', 'May'],
  ])('names %s when its value means nothing: %j', async (name, value) => {
    const asked = { [name]: value } as InputOf<'summarizeReceipts'>;
    await expect(sum(asked)).rejects.toMatchObject({ code: 'invalid_argument', fields: [{ pointer: `/${name}` }] });
  });
});
