import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { understood } from '../support/printed.ts';

const NAMES = ['Tea pot', 'Table lamp', 'Bread', 'Milk', 'Cheese', 'Soap', 'Paper', 'Candle'];
/** Prices that no rounding to coins can hide. */
const prices = fc.integer({ min: 100, max: 99_999 });
const receipts = fc.record({
  items: fc.array(prices, { minLength: 2, maxLength: 8 }),
  currency: fc.constantFrom('EUR', 'USD', 'RM', 'CHF', 'SEK'),
});

const money = (cents: number): string => (cents / 100).toFixed(2);
const sumOf = (items: readonly number[]): number => items.reduce((all, price) => all + price, 0);

function slip(items: readonly number[], total: number, currency: string, foot = ''): string {
  const lines = items.map((price, i) => `${NAMES[i]} | ${money(price)}`);
  return `Corner Shop\n${lines.join('\n')}\nTOTAL ${currency} | ${money(total)}\n${foot}Date 2026-03-14 10:00`;
}

/** Why a person should look, if anyone is told. */
function isTold(text: string): boolean {
  const { metadata, validation } = understood(text).extraction;
  return metadata.confidence < 0.7 && validation.errors.length > 0;
}

describe('items and their total', () => {
  it('that agree need nobody to look', () => {
    fc.assert(
      fc.property(receipts, ({ items, currency }) => {
        const { metadata, validation } = understood(slip(items, sumOf(items), currency)).extraction;
        expect(metadata.total_amount).toBe(money(sumOf(items)));
        expect(validation).toMatchObject({ valid: true, errors: [], warnings: [] });
        expect(metadata.confidence).toBeGreaterThan(0.7);
      }),
    );
  });

  it('[I17] are in doubt where any item was not read', () => {
    fc.assert(
      fc.property(receipts, fc.nat(), ({ items, currency }, at) => {
        const read = items.filter((_, i) => i !== at % items.length);
        expect(isTold(slip(read, sumOf(items), currency))).toBe(true);
        expect(isTold(slip(read, sumOf(items), currency, 'Tax 19% | 1.23\n'))).toBe(true);
      }),
    );
  });

  it('[I17] are in doubt where an item as dear as the tax in the prices was not read', () => {
    expect(isTold(slip([500], 800, 'EUR', 'MwSt 19% | 3.00\n'))).toBe(true);
  });

  it('[I17] are in doubt where the total lost its mark or gained a digit', () => {
    fc.assert(
      fc.property(receipts, fc.constantFrom(10, 100), ({ items, currency }, times) => {
        expect(isTold(slip(items, sumOf(items) * times, currency))).toBe(true);
      }),
    );
  });

  it('[I17] are in doubt where a line was left out to make them agree', () => {
    const text = slip([500, 300, 200], 700, 'EUR');
    expect(isTold(text)).toBe(true);
    expect(understood(text).extraction.validation.errors.join()).toContain('left out');
  });

  it('may differ by a coin where the currency rounds to coins, and by nothing else', () => {
    expect(isTold(slip([991], 990, 'RM'))).toBe(false);
    expect(isTold(slip([991], 990, 'EUR'))).toBe(true);
    expect(isTold(slip([1_000, 5], 1_000, 'RM'))).toBe(true);
    expect(isTold(slip([30_930], 30_900, 'SEK'))).toBe(false);
    expect(isTold(slip([1_000], 1_003, 'RM'))).toBe(true);
    expect(isTold(slip([30_930], 30_950, 'SEK'))).toBe(true);
  });

  it('[I17] give every item in doubt less than 0.7', () => {
    const { items } = understood(slip([500, 300], 1_000, 'EUR')).extraction;
    expect(items.map(({ confidence }) => confidence < 0.7)).toEqual([true, true]);
  });

  it('[I17] hundreds of items are all read, or somebody is told', () => {
    fc.assert(
      fc.property(fc.array(prices, { minLength: 200, maxLength: 400 }), fc.boolean(), (items, isDropped) => {
        const total = sumOf(items) + (isDropped ? 123 : 0);
        const { extraction } = understood(
          `Corner Shop\n${items.map((price, i) => `${NAMES[i % 8]} | ${money(price)}`).join('\n')}\nTOTAL EUR | ${money(total)}\nDate 2026-03-14`,
        );
        expect(extraction.items).toHaveLength(items.length);
        expect(extraction.metadata.confidence < 0.7).toBe(isDropped);
      }),
      { numRuns: 5 },
    );
  });
});

describe('the word beside a sum', () => {
  it.each([
    ['TOTALT', 'Mellansumma'],
    ['ATT BETALA', 'Moms'],
    ['TOTAL TTC', 'TOTAL HT'],
    ['NET À PAYER', 'Sous-total'],
    ['TOTALE COMPLESSIVO', 'Subtotale'],
    ['TOTAAL', 'Tussentotaal'],
    ['TE BETALEN', 'BTW'],
    ['SUMA', 'PTU'],
    ['DO ZAPŁATY', 'Suma częściowa'],
    ['CELKEM', 'Mezisoučet'],
    ['ÖSSZESEN', 'Részösszeg'],
    ['TOPLAM', 'Ara toplam'],
    ['YHTEENSÄ', 'Välisumma'],
    ['I ALT', 'Moms'],
    ['TOTAL A PAGAR', 'IVA'],
    ['SUMME', 'Zwischensumme'],
    ['TỔNG CỘNG', 'Tạm tính'],
  ])('names the total in %s, and none in %s', (label, other) => {
    const text = `Corner Shop\nTea pot | 12.50\n${other} | 10.00\n${label} EUR | 12.50\nDate 2026-03-14 10:00`;
    const { metadata } = understood(text).extraction;
    expect(metadata.total_amount).toBe('12.50');
  });
});
