import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { draws } from '../../support/sample.ts';
import { silentFault, understood } from '../support/printed.ts';

const FOOT = 'Date 2026-03-14 10:00';
const amounts = fc.integer({ min: 1, max: 999_999 }).map((cents) => (cents / 100).toFixed(2));

/** Every way to print that money is paid back: a sign, brackets, a credit mark. */
const SIGNS: Readonly<Record<string, (amount: string) => string>> = {
  'a minus before': (amount) => `-${amount}`,
  'a minus behind': (amount) => `${amount}-`,
  'a minus behind, apart': (amount) => `${amount} -`,
  'a true minus': (amount) => `\u2212${amount}`,
  'a dash': (amount) => `\u2013${amount}`,
  brackets: (amount) => `(${amount})`,
  'angle brackets': (amount) => `<${amount}>`,
  'square brackets': (amount) => `[${amount}]`,
  'brackets and a sign': (amount) => `(€${amount})`,
  'a minus before the sign': (amount) => `-€${amount}`,
  'a minus behind the sign': (amount) => `€-${amount}`,
  'a minus behind the code': (amount) => `EUR -${amount}`,
  'CR behind': (amount) => `${amount} CR`,
  'a minus before the credit': (amount) => `-${amount} EUR`,
};

/** Titles and labels that name a refund without any sign. */
const REFUNDS = [
  'REFUND',
  '*** REFUND ***',
  'RETURN',
  'CREDIT NOTE',
  'SALES RETURN',
  'GUTSCHRIFT',
  'STORNO',
  'STORNOBELEG',
  'ERSTATTUNG',
  'RETOURE',
  'Rückzahlung',
  'REMBOURSEMENT',
  'AVOIR',
  'REEMBOLSO',
  'DEVOLUCIÓN',
  'RIMBORSO',
  'TERUGBETALING',
  'ÅTERBETALNING',
  'ZWROT',
  'HOÀN TIỀN',
  'BAYARAN BALIK',
];

/** Sentences of every day that hold the same words and mean nothing for the sum. */
const POLICIES = [
  'No refund without receipt',
  'Returns accepted within 14 days',
  'RETURN POLICY',
  'Refund policy: see www.example.com',
  'Umtausch nur gegen Bon, keine Erstattung',
  'Sold: 4 Returned: 0 Deleted: 0',
  'Keine Rückgabe ohne Bon',
];

describe('the sign of a total', () => {
  it.each(Object.entries(SIGNS))('[I17] is kept where %s is printed, with items of the same sign', (_, print) => {
    fc.assert(
      fc.property(amounts, (amount) => {
        const reading = understood(
          `Corner Shop\nEUR\nTea pot | ${print(amount)}\nTOTAL EUR | ${print(amount)}\n${FOOT}`,
        );
        expect(reading.extraction.metadata.total_amount).toBe(`-${amount}`);
        expect(silentFault(reading, 'total_amount', `-${amount}`)).toBeUndefined();
      }),
    );
  });

  it.each(Object.entries(SIGNS))(
    '[I17] is never lost in silence where %s is printed beside the total only',
    (_, print) => {
      fc.assert(
        fc.property(amounts, (amount) => {
          const reading = understood(`Corner Shop\nEUR\nTea pot | ${amount}\nTOTAL | ${print(amount)}\n${FOOT}`);
          expect(silentFault(reading, 'total_amount', `-${amount}`)).toBeUndefined();
        }),
      );
    },
  );

  it.each(REFUNDS)('[I17] is a minus in doubt where only the title says so: %s', (word) => {
    fc.assert(
      fc.property(amounts, fc.boolean(), (amount, isLabel) => {
        const title = isLabel ? '' : `${word}\n`;
        const label = isLabel ? `${word} EUR` : 'TOTAL EUR';
        const reading = understood(
          `Corner Shop\n${title}Tea pot | ${amount}\nTOTAL | ${amount}\n${label} | ${amount}\n${FOOT}`,
        );
        expect(silentFault(reading, 'total_amount', `-${amount}`)).toBeUndefined();
        expect(reading.extraction.metadata.confidence).toBeLessThan(0.7);
        expect(reading.extraction.validation.errors.join()).toContain('refund');
      }),
      { numRuns: draws(20) },
    );
  });

  it.each(POLICIES)('is not turned by a sentence about goods that are brought back: %s', (sentence) => {
    const { metadata, validation } = understood(
      `Corner Shop\nTea pot | 12.99\nTOTAL EUR | 12.99\nCash | 12.99\n${sentence}\n${FOOT}`,
    ).extraction;
    expect(metadata.total_amount).toBe('12.99');
    expect(validation.errors).toEqual([]);
    expect(metadata.confidence).toBeGreaterThan(0.7);
  });

  it('is plus where a dash only parts the label from its amount, and the items say so', () => {
    const { metadata, validation } = understood(`Corner Shop\nTea pot | 12.99\nTOTAL - 12.99\nEUR\n${FOOT}`).extraction;
    expect(metadata.total_amount).toBe('12.99');
    expect(validation.errors).toEqual([]);
  });

  it('is minus in doubt where only the items are below zero', () => {
    const { metadata, validation } = understood(`Corner Shop\nTea pot | -12.99\nTOTAL EUR | 12.99\n${FOOT}`).extraction;
    expect(metadata.total_amount).toBe('-12.99');
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors.join()).toContain('less than zero');
  });
});

describe('a total of nothing', () => {
  it('is zero where a voucher pays all', () => {
    const { metadata } = understood(
      `Corner Shop\nTea pot | 12.99\nVoucher | -12.99\nTOTAL EUR | 0.00\n${FOOT}`,
    ).extraction;
    expect(metadata).toMatchObject({ total_amount: '0.00', currency: 'EUR' });
    expect(metadata.confidence).toBeGreaterThan(0.7);
  });

  it('is not the rest that is due after the payment', () => {
    const { metadata } = understood(
      `Corner Shop\nTea pot | 12.99\nTOTAL EUR | 12.99\nVISA | 12.99\nBalance due | 0.00\n${FOOT}`,
    ).extraction;
    expect(metadata.total_amount).toBe('12.99');
  });
});
