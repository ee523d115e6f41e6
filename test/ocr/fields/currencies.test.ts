import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTRIES } from '../../../src/ocr/fields/tables/countries.ts';
import { CURRENCIES, type Currency, SHARED_SIGNS } from '../../../src/ocr/fields/tables/currencies.ts';
import { draws } from '../../support/sample.ts';
import { silentFault, understood } from '../support/printed.ts';

/** A few lines that say for certain where a slip is from. */
const HEADS: Readonly<Record<string, { head: string; currency: string }>> = {
  Germany: { head: 'Markt\n33100 Paderborn\nUSt-ID DE 123 456 789\nMwSt 19%\nSUMME', currency: 'EUR' },
  Malaysia: { head: 'MAJU JAYA SDN BHD\n43300 SELANGOR\nGST ID 001234567890', currency: 'MYR' },
  'United States': { head: 'Corner Store\nAustin, TX 78701\n(512) 555-0142\nSales Tax', currency: 'USD' },
  Australia: { head: 'Corner Store Pty Ltd\nABN 12 345 678 901\nSydney NSW 2000\nTAX INVOICE', currency: 'AUD' },
  'New Zealand': { head: 'Corner Store\nNZBN 9429000000000\nAuckland\nGST 12-345-678', currency: 'NZD' },
  Canada: { head: 'Corner Store\nToronto M5V 2T6\nHST 123456789', currency: 'CAD' },
  Singapore: { head: 'CORNER STORE PTE LTD\nSINGAPORE 238801\nGST REG 200012345A', currency: 'SGD' },
  Sweden: { head: 'Butik AB\nStockholm\nOrg.nr 556677-8899\nKvitto\nMOMS 25%', currency: 'SEK' },
  Norway: { head: 'Butikk AS\nOslo\nOrg.nr 987654321 MVA\nKvittering', currency: 'NOK' },
  Denmark: { head: 'Butik\nKøbenhavn\nCVR 12345678\nMOMS 25%\nTak for besøget', currency: 'DKK' },
  Switzerland: { head: 'Laden AG\n8001 Zürich\nCHE-123.456.789 MWST', currency: 'CHF' },
  'Hong Kong': { head: 'Corner Store\nKowloon, Hong Kong', currency: 'HKD' },
  India: { head: 'Corner Store\nMumbai\nGSTIN 27AAAAA0000A1Z5\nCGST 9%', currency: 'INR' },
  nowhere: { head: 'Corner Shop', currency: '' },
};

const heads = fc.constantFrom(...Object.keys(HEADS));
const wholes = fc.integer({ min: 1, max: 9_999 });

function amountIn(currency: Currency, whole: number): string {
  return currency.decimals === 0 ? String(whole + 1_000) : `${whole}.${'250'.slice(0, currency.decimals)}`;
}

function slip(place: string, print: (amount: string) => string, amount: string): string {
  const head = HEADS[place]?.head ?? '';
  return `${head}\nTea pot | ${print(amount)}\nTOTAL | ${print(amount)}\nDate 2026-03-14 10:00`;
}

describe('the currency', () => {
  it.each(CURRENCIES)('[I17] is the printed code or sign, whatever the country: $code', (currency) => {
    fc.assert(
      fc.property(heads, fc.constantFrom(...currency.signs), fc.boolean(), wholes, (place, sign, isBefore, whole) => {
        const text = slip(
          place,
          (amount) => (isBefore ? `${sign} ${amount}` : `${amount} ${sign}`),
          amountIn(currency, whole),
        );
        expect(understood(text).extraction.metadata.currency, text).toBe(currency.code);
      }),
      { numRuns: draws(40) },
    );
  });

  it.each(SHARED_SIGNS)(
    '[I17] is never guessed in silence from a sign that several share: $signs',
    ({ signs, codes }) => {
      fc.assert(
        fc.property(heads, fc.constantFrom(...signs), wholes, (place, sign, whole) => {
          const currency = CURRENCIES.find(({ code }) => code === codes[0]);
          if (currency === undefined) throw new Error('The shared sign names an unknown code.');
          const text = slip(place, (amount) => `${sign}${amount}`, amountIn(currency, whole));
          const truth = HEADS[place]?.currency ?? '';
          expect(silentFault(understood(text), 'currency', codes.includes(truth) ? truth : '?'), text).toBeUndefined();
        }),
      );
    },
  );

  it.each(Object.entries(HEADS))(
    '[I17] is that of a certain country or none, where nothing is printed: %s',
    (place, { currency }) => {
      fc.assert(
        fc.property(wholes, (whole) => {
          const { metadata, validation } = understood(slip(place, (amount) => amount, `${whole}.50`)).extraction;
          expect([currency, null]).toContain(metadata.currency);
          if (metadata.currency !== null) return;
          expect(validation.errors.join()).toContain('No currency is printed');
          expect(metadata.confidence).toBeLessThan(0.7);
        }),
        { numRuns: draws(20) },
      );
    },
  );

  it.each(['Germany', 'Malaysia', 'United States', 'Australia', 'Sweden', 'Switzerland'])(
    'of %s is found without a sign',
    (place) => {
      const { metadata, evidence } = understood(slip(place, (amount) => amount, '12.50')).extraction;
      expect(metadata.currency).toBe(HEADS[place]?.currency);
      expect(evidence.fields.currency?.rule).toBe('currency: of the country');
    },
  );

  it.each([
    ['Australia', 'AUD'],
    ['New Zealand', 'NZD'],
    ['Canada', 'CAD'],
    ['Singapore', 'SGD'],
    ['United States', 'USD'],
  ])('of a bare $ in %s is %s', (place, code) => {
    const { metadata, evidence } = understood(slip(place, (amount) => `$${amount}`, '12.50')).extraction;
    expect(metadata.currency).toBe(code);
    expect(evidence.fields.currency?.confidence).toBeGreaterThan(0.7);
  });

  it.each([
    ['a day behind its month and a tax below the subtotal', 'Grill\n(512) 555-0142\n03/14/2026 7:15 PM', 'USD'],
    [
      'the number of a tax office and a six-digit code of a place',
      "Noodles\n290 Orchard Road\nS'pore 238859\nGST Reg No:20-0301619-D",
      'SGD',
    ],
    ['the number of a company and its words', 'Bar\nCIF:B11908225\nFecha: 14-11-2013\nMesa 2', 'EUR'],
    ['thanks for a visit', 'Broodjes\nAmsterdam\nBedankt voor uw bezoek en tot ziens', 'EUR'],
  ])('[O8] is found without a sign by %s', (_, head, code) => {
    const text = `${head}\nTea | 12.50\nBread | 2.50\nSubtotal | 15.00\nTax | 1.25\nTotal | 16.25`;
    expect(understood(text).extraction.metadata.currency).toBe(code);
  });

  it('[I17] is not certain where two countries of one sign write alike', () => {
    const text = 'Grill\n(604) 555-0142\nHST 123456789\n03/14/2026 7:15 PM\nTea | $12.50\nTax | 1.25\nTotal | $13.75';
    const { metadata, validation } = understood(text).extraction;
    if (metadata.currency !== 'CAD') expect(validation.errors.join()).toContain('the currency is not certain');
  });

  it('is named by the word Euro however it is written', () => {
    for (const word of ['Euro', 'EURO', 'euro']) {
      expect(understood(`Shop\nTea | 12.50\nTotal | ${word} 12.50`).extraction.metadata.currency).toBe('EUR');
    }
  });

  it('is in doubt where two are printed beside totals', () => {
    const { metadata, validation } = understood(
      'Laden\nTea pot | 12.50\nTOTAL CHF | 12.50\nTOTAL EUR | 11.90\nDate 2026-03-14 10:00',
    ).extraction;
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors.join()).toContain('CHF and EUR');
  });

  it('is not taken from the name of a product', () => {
    const { metadata } = understood(
      'Markt\nPEN 1.50 | 1.50\nCUP | 2.50\nTOP 3.00 | 3.00\nTOTAL EUR | 7.00\nDate 2026-03-14 10:00',
    ).extraction;
    expect(metadata.currency).toBe('EUR');
  });

  it('is in a table that gives every country a currency it knows', () => {
    const known = new Set(CURRENCIES.map(({ code }) => code));
    expect(COUNTRIES.filter(({ currency }) => !known.has(currency))).toEqual([]);
    expect(SHARED_SIGNS.flatMap(({ codes }) => codes).filter((code) => !known.has(code))).toEqual([]);
  });
});
