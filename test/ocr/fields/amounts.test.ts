import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draws } from '../../support/sample.ts';
import { BROKEN, NOTATIONS, type Notation, written } from '../support/notations.ts';
import { silentFault, understood } from '../support/printed.ts';

/** Enough to meet every currency with every kind of amount; each run reads a whole slip. */
const RUNS = { numRuns: draws(40) };
const FOOT = 'Date 2026-03-14 10:00';

/** Amounts with one group, two and three, and with none. */
const amounts = fc.oneof(
  fc.integer({ min: 1, max: 99_999 }),
  fc.integer({ min: 100_000, max: 99_999_999 }),
  fc.integer({ min: 100_000_000, max: 9_999_999_999 }),
);

/** Ways a slip prints its sums, by currency. */
const SLIPS: readonly (readonly [code: string, decimals: 0 | 2 | 3, print: (amount: string) => string])[] = [
  ['EUR', 2, (amount) => `EUR ${amount}`],
  ['EUR', 2, (amount) => `${amount} €`],
  ['CHF', 2, (amount) => `CHF ${amount}`],
  ['USD', 2, (amount) => `USD ${amount}`],
  ['SEK', 2, (amount) => `${amount} SEK`],
  ['INR', 2, (amount) => `₹${amount}`],
  ['MYR', 2, (amount) => `RM ${amount}`],
  ['KWD', 3, (amount) => `KWD ${amount}`],
  ['TND', 3, (amount) => `${amount} TND`],
  ['JPY', 0, (amount) => `JPY ${amount}`],
  ['HUF', 0, (amount) => `${amount} Ft`],
  ['VND', 0, (amount) => `${amount} ₫`],
];

function slip(one: string, two: string, total: string): string {
  return `Corner Shop\nTea pot | ${one}\nTable lamp | ${two}\nTOTAL | ${total}\n${FOOT}`;
}

/** A slip of two items in one notation, with the right total as the reply would write it. */
function printedSlip(
  [one, two]: readonly [number, number],
  notation: Notation,
  [, decimals, print]: (typeof SLIPS)[number],
): { text: string; total: string } {
  const step = 10 ** (3 - decimals);
  const parts = [one * step, two * step] as const;
  const [first, second, total] = [...parts, parts[0] + parts[1]].map((amount) =>
    print(written(amount, decimals, notation)),
  );
  return {
    text: slip(first ?? '', second ?? '', total ?? ''),
    total: ((parts[0] + parts[1]) / 1_000).toFixed(decimals),
  };
}

describe('amounts in every notation', () => {
  it.each(NOTATIONS)('[I17] are read right, or not at all, or in doubt: $name', (notation) => {
    fc.assert(
      fc.property(fc.tuple(amounts, amounts), fc.constantFrom(...SLIPS), (parts, currency) => {
        const { text, total } = printedSlip(parts, notation, currency);
        expect(silentFault(understood(text), 'total_amount', total), text).toBeUndefined();
      }),
      RUNS,
    );
  });

  it.each(BROKEN)('[I17] are never the tail of a number that was not understood: $name', (notation) => {
    fc.assert(
      fc.property(fc.tuple(amounts, amounts), fc.constantFrom(...SLIPS), (parts, currency) => {
        const { text, total } = printedSlip(parts, notation, currency);
        expect(silentFault(understood(text), 'total_amount', total), text).toBeUndefined();
      }),
      RUNS,
    );
  });

  it.each(['l', 'I', '|'])('[I17] are in doubt behind a %s, which may be a one that was misread', (one) => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 99_999 }), (cents) => {
        const misread = `${one}${(cents / 100).toFixed(2)}`;
        const text = `Corner Store\nAustin, TX 78701\nShirt | ${misread}\nTOTAL | ${misread}\n${FOOT}`;
        expect(silentFault(understood(text), 'total_amount', `1${(cents / 100).toFixed(2)}`), text).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('[I17] are in doubt where a later total is the same one with a tip', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 50_000 }), fc.integer({ min: 50, max: 400 }), (cents, tip) => {
        const [food, total, all, tips] = [cents, cents, cents + tip, tip].map((each) => (each / 100).toFixed(2));
        const text = `Diner\nAustin, TX 78701\nBurger | ${food}\nTOTAL | ${total}\nTIP | ${tips}\nTOTAL | ${all}\n${FOOT}`;
        expect(silentFault(understood(text), 'total_amount', all ?? ''), text).toBeUndefined();
      }),
      RUNS,
    );
  });

  it.each(NOTATIONS.filter(({ group }) => group !== ''))(
    'are read right where the currency stands before them: $name',
    (notation) => {
      fc.assert(
        fc.property(fc.tuple(amounts, amounts), fc.constantFrom('EUR', 'CHF', 'USD'), (parts, code) => {
          const { text, total } = printedSlip(parts, notation, [code, 2, (amount) => `${code} ${amount}`]);
          expect(understood(text).extraction.metadata).toMatchObject({ total_amount: total, currency: code });
        }),
        RUNS,
      );
    },
  );

  it.each([
    ["1'250.00", '1250.00'],
    ['1’250.00', '1250.00'],
    ['1 309,00', '1309.00'],
    ['12 345 678,90', '12345678.90'],
    ['1,25,000.00', '125000.00'],
    ['1.234.567,89', '1234567.89'],
    ["1'234'567.89", '1234567.89'],
    ['149,-', '149.00'],
    ["1'250.-", '1250.00'],
    ['149:-', '149.00'],
  ])('reads %s as %s where nothing else is printed', (text, total) => {
    const reading = understood(`Laden\nLampe | ${text}\nTOTAL CHF | ${text}\n${FOOT}`);
    expect(reading.extraction.metadata.total_amount).toBe(total);
  });

  it('takes a blank for a mark of thousands only where the slip adds up that way, or its country writes so', () => {
    const counts = 'Butik\nLampa | 2 309,00 | 618,00\nStol | 1 250,00\nTOTAL | 868,00\n';
    expect(understood(`${counts}${FOOT}`).extraction.metadata.total_amount).toBe('868.00');
    const swedish = understood(
      `Butik AB\nOrg.nr 556677-8899\nLampa | 1 309,00\nMoms 25% | 261,80\nTOTALT | 1 309,00 kr\nKvitto\n${FOOT}`,
    );
    expect(swedish.extraction.metadata).toMatchObject({ total_amount: '1309.00', currency: 'SEK' });
    const unknown = understood(`Shop\nLamp | 1 309.00\nTOTAL | 1 309.00\n${FOOT}`).extraction;
    expect(unknown.metadata.confidence).toBeLessThan(0.7);
    expect(unknown.validation.errors.join()).toContain('blank inside');
  });
});
