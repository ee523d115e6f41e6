import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAmount } from '../../src/contract/agent-reply/amount.ts';
import { readConfidence } from '../../src/contract/agent-reply/confidence.ts';
import { readDate } from '../../src/contract/agent-reply/date.ts';
import { rounded, sameAmount } from '../../src/contract/agent-reply/decimal.ts';
import { createDoubts } from '../../src/contract/agent-reply/doubts.ts';
import { judgeReply } from '../../src/contract/agent-reply/judge-reply.ts';
import { readFields } from '../../src/contract/agent-reply/read-fields.ts';
import { cutText } from '../../src/contract/agent-reply/text.ts';
import { bytesOf, replyFor } from '../support/replies.ts';

const request = { receipt_id: 17, image_path: 'minio://receipts/a.jpg', user_id: 1, job_id: 'ocr-17' };
const sound = replyFor(request);
const DOUBT = expect.any(String);

describe('an amount of an agent', () => {
  it.each<[unknown, string | null, unknown?]>([
    [12.5, '12.5'],
    [0, '0'],
    [-12.99, '-12.99'],
    [1e-7, '0.0000001'],
    [1e21, null, DOUBT],
    [3.3333333333333335, '3.3333333333333335'],
    ['12.50', '12.50'],
    ['007.50', '7.50'],
    ['.99', '0.99'],
    [',99', '0.99'],
    ['99.', '99'],
    ['12,-', '12'],
    ['12.–', '12'],
    ['1,234.50', '1234.50'],
    ['1.234,50', '1234.50'],
    ["1'234.50", '1234.50'],
    ['1’234,50', '1234.50'],
    ['1 234,50', '1234.50'],
    ['1\u202f234,50', '1234.50'],
    ['1,23,456.00', '123456.00'],
    ['1.234.567', '1234567'],
    ['1,234,567.89', '1234567.89'],
    ['１２．５０', '12.50'],
    ['١٢٫٥٠', '12.50'],
    ['$12.50', '12.50', DOUBT],
    ['€12.50', '12.50'],
    ['12,50 €', '12.50'],
    ['EUR 12.50', '12.50'],
    ['-€12.50', '-12.50'],
    ['€-12.50', '-12.50'],
    ['−12,99', '-12.99'],
    ['12.50-', '-12.50'],
    ['(12.50)', '-12.50'],
    ['-0.00', '0.00'],
    ['1.25e2', '125'],
    ['', null],
    ['   ', null],
    [null, null],
    [undefined, null],
    ['NaN', null, DOUBT],
    ['Infinity', null, DOUBT],
    ['n/a', null, DOUBT],
    ['-', null, DOUBT],
    ['12/03', null, DOUBT],
    ['2 x 3.50', null, DOUBT],
    ['1,234,56', null, DOUBT],
    ['12 34', null, DOUBT],
    ['5 %', null, DOUBT],
    ['5²', '5', DOUBT],
    ['Rs.12', '12', DOUBT],
    ['12.50 A', '12.50', DOUBT],
    ['1.250', '1.250', DOUBT],
    ['1,250', '1250', DOUBT],
    ['9'.repeat(16), null, DOUBT],
    ['1'.repeat(100), null, DOUBT],
    [true, null, DOUBT],
    [{}, null, DOUBT],
    [[12.5], null, DOUBT],
  ])('%j is read as %j', (value, expected, doubt) => {
    expect(readAmount(value, 'money', 'EUR')).toEqual({ value: expected, doubt });
  });

  it.each<[unknown, string | null, unknown?]>([
    ['2 kg', '2', DOUBT],
    ['1.250', '1.250'],
    ['1,250', '1.250', DOUBT],
    ['0,125', '0.125'],
    ['2x', '2', DOUBT],
    [2, '2'],
  ])('as a quantity, %j is read as %j', (value, expected, doubt) => {
    expect(readAmount(value, 'quantity', 'EUR')).toEqual({ value: expected, doubt });
  });

  it.each([
    ['150.000', 'VND', '150000'],
    ['150,000', 'VND', '150000'],
    ['1.250', 'KWD', '1.250'],
    ['1,250', 'KWD', '1.250'],
    ['1.250', null, '1.250'],
  ])('the currency decides what %s is: %s', (value, currency, expected) => {
    expect(readAmount(value, 'money', currency).value).toBe(expected);
  });

  it('in every notation of the table, means the same', () => {
    const groupings = [',', '.', "'", ' ', '\u202f', ''] as const;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 99_999_999 }),
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom(...groupings),
        fc.constantFrom('.', ','),
        fc.boolean(),
        fc.constantFrom('', '€', ' €', ' EUR'),
        (whole, cents, group, point, negative, currency) => {
          fc.pre(group !== point);
          const grouped = String(whole).replace(/\B(?=(\d{3})+$)/g, group);
          const fraction = String(cents).padStart(2, '0');
          const text = `${negative ? '-' : ''}${grouped}${point}${fraction}${currency}`;
          const { value, doubt } = readAmount(text, 'money', 'EUR');
          expect(Number(value)).toBe((negative ? -1 : 1) * Number(`${whole}.${fraction}`) || 0);
          expect(doubt).toBeUndefined();
        },
      ),
    );
  });

  it('is never another number without a doubt: the digits that were sent are the digits that are kept', () => {
    const letters = fc.constantFrom(..."0123456789.,' -+()€kgx%/’−".split(''));
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), (parts) => {
        const { value, doubt } = readAmount(parts.join(''), 'money', 'EUR');
        if (value === null || doubt !== undefined) return;
        const digits = (text: string) => text.replace(/\D/g, '').replace(/^0+/, '');
        expect(digits(value)).toBe(digits(parts.join('')));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('a date of an agent', () => {
  it.each<[unknown, string | null, unknown?]>([
    ['2026-03-12', '2026-03-12'],
    ['2026-03-12T10:00:00Z', '2026-03-12'],
    ['2026/3/12', '2026-03-12'],
    ['20260312', '2026-03-12'],
    [20260312, '2026-03-12'],
    ['31/12/2025', '2025-12-31'],
    ['12/31/2025', '2025-12-31'],
    ['05.05.2025', '2025-05-05'],
    ['12 Mar 2026', '2026-03-12'],
    ['March 12, 2026', '2026-03-12'],
    ['', null],
    [null, null],
    ['12/03/2026', null, DOUBT],
    ['12.03.2026', null, DOUBT],
    ['12/03/26', null, DOUBT],
    ['24-03-05', null, DOUBT],
    ['2026-02-30', null, DOUBT],
    ['0000-01-01', null, DOUBT],
    ['9999-12-31', null, DOUBT],
    ['12 Märchen 2026', null, DOUBT],
    [1_773_273_600, null, DOUBT],
    [{}, null, DOUBT],
    [false, null, DOUBT],
  ])('%j is read as %j', (value, expected, doubt) => {
    expect(readDate(value)).toEqual({ value: expected, doubt });
  });
});

describe('a confidence of an agent', () => {
  it.each<[unknown, number | null, unknown?]>([
    [0.95, 0.95],
    [1, 1],
    [0, 0],
    ['0.95', 0.95],
    [95, 0.95, DOUBT],
    ['95%', 0.95, DOUBT],
    ['1%', 0.01, DOUBT],
    [null, null],
    [-0.1, null, DOUBT],
    [101, null, DOUBT],
    ['high', null, DOUBT],
    [{}, null, DOUBT],
  ])('%j is read as %j', (value, expected, doubt) => {
    expect(readConfidence(value)).toEqual({ value: expected, doubt });
  });
});

describe('rounding', () => {
  it('is half away from zero, exact, and never changes an amount that has no more digits', () => {
    expect(rounded('3.3333333333333335', 2)).toBe('3.33');
    expect(rounded('0.125', 2)).toBe('0.13');
    expect(rounded('-0.125', 2)).toBe('-0.13');
    expect(rounded('-0.001', 2)).toBe('0.00');
    expect(rounded('99.995', 2)).toBe('100.00');
    expect(rounded('12.5', 0)).toBe('13');
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (cents) => {
        const text = (cents / 100).toFixed(2);
        expect(sameAmount(rounded(text, 2), text)).toBe(true);
      }),
    );
  });
});

describe('text of an agent', () => {
  it('is cut between characters, as PostgreSQL counts them, and is always well formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 0, max: 50 }), (text, max) => {
        const cut = cutText(text, max);
        expect(cut.isWellFormed()).toBe(true);
        expect([...cut].length).toBeLessThanOrEqual(max);
        expect(text.toWellFormed().startsWith(cut)).toBe(true);
      }),
    );
    expect(cutText('ab😀cd', 3)).toBe('ab😀');
  });
});

describe('what arrives', () => {
  const judged = (body: unknown) => judgeReply(typeof body === 'string' ? Buffer.from(body) : bytesOf(body), 17);

  it.each([
    ['no JSON', 'password=hunter2'],
    ['half of it', '{"receipt_id": 17, "meta'],
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"ok"'],
    ['null', 'null'],
    ['no reading', '{"receipt_id": 17, "success": true}'],
    ['deep nesting', '['.repeat(100_000)],
    ['only quotes and backslashes', '"\\"'.repeat(100_000)],
  ])('is no reply, and is asked for again: %s', (_name, body) => {
    const { refusal } = judged(body);
    expect(refusal?.code).toBe('agent_bad_response');
    expect(refusal?.message).not.toContain('hunter2');
  });

  it('is refused when it is for another receipt, or says that it failed', () => {
    expect(judged({ ...sound, receipt_id: 18 }).refusal?.code).toBe('agent_mismatch');
    expect(judged({ ...sound, receipt_id: '18' }).refusal?.code).toBe('agent_mismatch');
    expect(judged({ ...sound, success: false }).refusal?.code).toBe('agent_rejected');
    expect(judged({ ...sound, success: 'False' }).refusal?.code).toBe('agent_rejected');
  });

  it.each([
    ['as the contract says', JSON.stringify(sound)],
    ['with its id as text', JSON.stringify({ ...sound, receipt_id: '17' })],
    ['without its id', JSON.stringify({ ...sound, receipt_id: undefined })],
    ['with a byte-order mark', `\ufeff${JSON.stringify(sound)}`],
    [
      'with the NaN of Python',
      JSON.stringify({ ...sound, note: 'a "NaN" \\' })
        .replace('12.50', '')
        .replace('""', 'NaN'),
    ],
    ['with items only', '{"items": []}'],
    ['with unknown fields', JSON.stringify({ ...sound, model: { name: 'x' } })],
    ['with deep evidence', `{"metadata": {}, "evidence": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
  ])('is a reply: %s', (_name, body) => {
    expect(judged(body).reply).toBeDefined();
  });

  it('gives each sound field, whatever stands in the others', () => {
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, 'NaN', '', 1e308, '\ud800', '\u0000', 'x'.repeat(5_000)),
    );
    fc.assert(
      fc.property(junk, fc.constantFrom(...Object.keys(sound.metadata)), (odd, name) => {
        const metadata = { ...sound.metadata, [name]: odd };
        const read = readFields(
          { ...sound, metadata, items: odd, validation: odd, raw_text: odd, evidence: odd },
          createDoubts(),
        );
        for (const [field, value] of Object.entries(sound.metadata)) {
          if (field !== name) expect(read[field as keyof typeof read], field).toEqual(value);
        }
      }),
    );
  });
});
