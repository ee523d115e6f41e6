import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDoubts } from '../../src/contract/agent-reply/doubts.ts';
import { REASON_CODES, REVIEW_REASONS, reasonOf, reviewReason } from '../../src/contract/review-reasons.ts';
import { sumMismatchOf } from '../../src/contract/sums.ts';

const SAMPLES = {
  low_confidence: reasonOf('low_confidence', { confidence: 0.4, below: 0.7 }),
  sum_mismatch: reasonOf('sum_mismatch', { items_sum: '9.00', total: '12.50', currency: 'EUR' }),
  missing_field: reasonOf('missing_field', {}, { field: 'total_amount' }),
  assumed_currency: reasonOf('assumed_currency', { currency: 'VND' }, { field: 'currency' }),
  conflicting_value: reasonOf('conflicting_value', { said: 'A', read: 'B' }, { field: 'merchant_name' }),
  unclear_value: reasonOf(
    'unclear_value',
    { item: 2, part: 'quantity' },
    { field: 'items', text: '"2 kg" was read as 2' },
  ),
  adjusted_value: reasonOf('adjusted_value', {}, { field: 'total_amount', text: '1.005 was rounded to 1.01' }),
  odd_reply: reasonOf('odd_reply', {}, { text: 'validation is 7' }),
  agent_doubt: reasonOf('agent_doubt', {}, { text: 'Two totals are printed, 1.00 and 2.00.' }),
  possible_duplicate: reasonOf('possible_duplicate', { receipt_id: 4 }),
  rejected_before: reasonOf('rejected_before', { because: 'unreadable' }),
  more_reasons: reasonOf('more_reasons', { count: 3 }),
};

describe('the reasons to look at a receipt', () => {
  it.each(REASON_CODES)('%s has data of its own schema, one clean sentence and a row in docs/review.md', (code) => {
    const sample = SAMPLES[code];
    expect(REVIEW_REASONS[code].data.parse(sample.data)).toEqual(sample.data);
    expect(reviewReason.parse(sample)).toEqual(sample);
    expect(sample.message).toMatch(/^\S.*\S$/);
    expect(sample.message).not.toMatch(/undefined|null|\[object/);
    expect(readFileSync('docs/review.md', 'utf8')).toContain(`| \`${code}\` |`);
  });

  it('names the item and the value that a reason is about', () => {
    expect(SAMPLES.unclear_value.message).toBe('quantity of item 2 "2 kg" was read as 2');
    expect(reasonOf('missing_field', { item: 3 }, { field: 'items' }).message).toBe('item 3 has no name');
  });

  it('cuts and cleans what was read, and counts the reasons beyond twenty', () => {
    const long = reasonOf('agent_doubt', {}, { text: `\u202e${'x'.repeat(5_000)}\n` });
    expect(long.message).toHaveLength(240);
    const doubts = createDoubts();
    for (let nth = 0; nth < 30; nth++) doubts.add(reasonOf('agent_doubt', {}, { text: `doubt ${nth}` }));
    expect(doubts.list()).toHaveLength(20);
    expect(doubts.list().at(-1)).toEqual(reasonOf('more_reasons', { count: 11 }));
  });
});

const receipt = (total_amount: string | null, prices: (string | null)[], more: object = {}) => ({
  total_amount,
  tax_amount: null,
  currency: 'EUR',
  items: prices.map((total_price) => ({ total_price })),
  ...more,
});

describe('[O5] the items against the total', () => {
  it.each<[string, Parameters<typeof sumMismatchOf>[0]]>([
    ['they add up', receipt('12.50', ['2.5', '10'])],
    ['a tax is added on top of them', receipt('13.50', ['2.50', '10.00'], { tax_amount: '1' })],
    ['the till rounds to its coin', receipt('12.50', ['2.48', '10'], { currency: 'CHF' })],
    ['a refund is negative', receipt('-7.50', ['2.50', '-10.00'])],
    ['there is no total', receipt(null, ['2.50'])],
    ['an item has no price', receipt('12.50', ['2.50', null])],
    ['there are no items', receipt('12.50', [])],
  ])('finds nothing where %s', (_name, of) => {
    expect(sumMismatchOf(of)).toBeUndefined();
  });

  it.each<[string, Parameters<typeof sumMismatchOf>[0]]>([
    ['they are a cent apart', receipt('12.50', ['2.49', '10'])],
    ['they are a whole coin apart', receipt('12.50', ['2.45', '10'], { currency: 'CHF' })],
    ['the tax does not explain it', receipt('13.50', ['2.50', '10.00'], { tax_amount: '0.5' })],
  ])('tells both amounts where %s', (_name, of) => {
    expect(sumMismatchOf(of)).toMatchObject({ total: of.total_amount, currency: of.currency });
  });

  it('is exact for every amount', () => {
    const cents = fc.array(fc.integer({ min: -999_999, max: 999_999 }), { minLength: 1, maxLength: 30 });
    const text = (amount: number) =>
      `${amount < 0 ? '-' : ''}${Math.floor(Math.abs(amount) / 100)}.${String(Math.abs(amount) % 100).padStart(2, '0')}`;
    fc.assert(
      fc.property(cents, fc.integer({ min: -2, max: 2 }), (amounts, off) => {
        const sum = amounts.reduce((all, each) => all + each, 0);
        const found = sumMismatchOf(receipt(text(sum + off), amounts.map(text)));
        expect(found === undefined).toBe(off === 0);
      }),
    );
  });
});
