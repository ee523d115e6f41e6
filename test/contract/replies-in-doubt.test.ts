import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAmount } from '../../src/contract/agent-reply/amount.ts';
import { readDate } from '../../src/contract/agent-reply/date.ts';
import { createDoubts } from '../../src/contract/agent-reply/doubts.ts';
import { judgeReply } from '../../src/contract/agent-reply/judge-reply.ts';
import { readFields } from '../../src/contract/agent-reply/read-fields.ts';
import { ODD_VALUES, REPLY_FIELDS, withField } from '../support/odd-replies.ts';
import { replyFor } from '../support/replies.ts';

const sound = replyFor({ receipt_id: 17, image_path: 'minio://receipts/a.jpg', user_id: 1, job_id: 'ocr-17' });
const CODES = Intl.supportedValuesOf('currency');
const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 2, 12);

function doubtsOf(reply: unknown): string[] {
  const doubts = createDoubts();
  readFields(reply as Parameters<typeof readFields>[0], doubts, 'VND');
  return doubts.list().map(({ message }) => message);
}

describe('[I17] an amount of an agent', () => {
  it('with the code or a sign of another currency is never read without a doubt', () => {
    const beside = fc.constantFrom(...CODES, 'US$', 'A$', 'R$', '€', '£', '₹', '₩', '₫', '฿', 'OFF', 'NEG', 'REF');
    fc.assert(
      fc.property(beside, fc.constantFrom('EUR', 'USD', 'INR', 'JPY'), fc.boolean(), (word, currency, isBefore) => {
        const own: Record<string, string[]> = { EUR: ['€'], USD: ['US$'], INR: ['₹'], JPY: [] };
        fc.pre(word !== currency && !own[currency]?.includes(word));
        const read = readAmount(isBefore ? `${word} 12` : `12 ${word}`, 'money', currency);
        expect(read).toEqual({ value: '12', doubt: expect.any(String) });
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['USD', ['$12', 'US$ 12', 'USD 12', '12 USD', '12$']],
    ['AUD', ['$12', 'A$12', 'AU$ 12', 'AUD 12']],
    ['CAD', ['$12', 'C$12', 'CA$12']],
    ['BRL', ['R$ 12', 'BRL 12']],
    ['JPY', ['¥12', 'JPY 12']],
    ['CNY', ['¥12', 'CN¥12']],
    ['VND', ['12 ₫', 'VND 12']],
    ['kr', ['12 kr', 'kr 12']],
    [null, ['$12', '€ 12', '12 CHF']],
  ])('with a sign of its own currency is certain: %s', (currency, texts) => {
    for (const text of texts) expect([text, readAmount(text, 'money', currency)]).toEqual([text, { value: '12' }]);
  });

  it.each(['12.50 EUR-', '(12.50', '12.50)', '--12.50', '-12.50-', '-(12.50)', '((12.50))', '12.50 EUR -', '+-12.50'])(
    'whose sign has more than one reading is in doubt: %s',
    (text) => expect(readAmount(text, 'money', 'EUR').doubt).toEqual(expect.any(String)),
  );

  it.each(['-', '−', '–'])('keeps the minus that stands behind it: %s', (minus) => {
    expect(readAmount(`12.50${minus}`, 'money', 'EUR')).toEqual({ value: '-12.50' });
    expect(readAmount(`12.50 EUR${minus}`, 'money', 'EUR').value).toBe('-12.50');
  });

  it.each(['1e-99', 5e-324])('that is too small to be kept is no zero in silence: %s', (value) =>
    expect(readAmount(value, 'money', 'EUR').doubt).toEqual(expect.any(String)),
  );

  it.each(['JPY', 'VND', 'KRW', 'HUF'])('with coins that its currency has not is in doubt: %s', (currency) => {
    const of = (total_amount: unknown) => ({ ...sound, metadata: { ...sound.metadata, currency, total_amount } });
    for (const total of ['12.50', 12.5, '0.01']) expect(doubtsOf(of(total)).join()).toContain('have none');
    for (const total of ['12', '12.00', 12]) expect(doubtsOf(of(total)).join()).not.toContain('have none');
  });
});

describe('[I17] a date of an agent', () => {
  const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);

  it('is left out where it lies in the future or before computers, in whatever form', () => {
    const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    const form = fc.constantFrom<(date: string) => string>(
      (date) => date,
      (date) => `${date}T10:00:00Z`,
      (date) => date.replaceAll('-', '/'),
      (date) => date.replaceAll('-', ''),
    );
    fc.assert(
      fc.property(day, form, (date, write) => {
        const text = iso(date.getTime());
        const isPossible = date.getTime() >= Date.UTC(1970, 0, 2) && Date.parse(text) <= NOW + DAY_MS;
        const read = readDate(write(text), NOW);
        expect(read).toEqual(isPossible ? { value: text } : { value: null, doubt: expect.any(String) });
      }),
    );
    expect(readDate('1970-01-01', NOW).value).toBeNull();
  });

  it.each([
    '10:00',
    '10:00:05',
    '23:59:59.123',
    '10:00 pm',
    '10:00Z',
    '10:00 UTC',
    '10:00+02:00',
    'Tue',
    '(Tue) 10:00',
  ])('is read with a time or a word behind it, and not with a second date: %s', (behind) => {
    expect(readDate(`2026-03-02 ${behind}`, NOW)).toEqual({ value: '2026-03-02' });
    for (const joined of [' or ', ' - ', ' / ', ' (due ']) {
      expect(readDate(`2026-03-02${joined}2026-03-05`, NOW)).toEqual({ value: null, doubt: expect.any(String) });
    }
  });
});

describe('a reply of an agent', () => {
  it('[I17] whose names have damaged characters is in doubt', () => {
    const bytes = Buffer.from(JSON.stringify(sound).replace('Corner Shop', 'Caf#').replace('Bread', 'Cr#me'));
    const { reply } = judgeReply(
      bytes.map((byte) => (byte === 0x23 ? 0xe9 : byte)),
      17,
    );
    expect(doubtsOf(reply).filter((text) => text.includes('damaged'))).toHaveLength(2);
  });

  it.each(REPLY_FIELDS)('[K5] is read whatever stands in %s, nested as deep as a reply may be', (field) => {
    const deep = [
      `${'['.repeat(60_000)}${']'.repeat(60_000)}`,
      `${'{"a":'.repeat(60_000)}1${'}'.repeat(60_000)}`,
      ...['an object that cannot become a text', 'a list that cannot become a text'].map((odd) =>
        JSON.stringify(ODD_VALUES[odd]),
      ),
    ];
    for (const text of deep) {
      const body = JSON.stringify(withField(sound, field, '@@')).replace('"@@"', text);
      const { reply } = judgeReply(Buffer.from(body), 17);
      if (reply) expect(doubtsOf(reply).length).toBeLessThanOrEqual(20);
    }
  });
});
