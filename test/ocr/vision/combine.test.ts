import { describe, expect, it } from 'vitest';
import type { PrintedLine } from '../../../src/ocr/lanes/messages.ts';
import type { Evidence, Extraction } from '../../../src/ocr/reply.ts';
import { combine } from '../../../src/ocr/vision/combine.ts';
import { type ModelReading, readAnswer } from '../../../src/ocr/vision/question.ts';

const TODAY = '2026-03-01';
const PRINT = ['CORNER SHOP', 'Bread 2.50', 'Milk 1.20', 'Total $ 3.70', '02/03/2026', 'Cash 5.00', 'Change 1.30'];
const lines: PrintedLine[] = PRINT.map((text, nth) => ({
  text,
  confidence: 0.97,
  region: { x: 0.1, y: nth / 10, width: 0.8, height: 0.05 },
}));
const page = { lines, isWhole: true };

const evidence = (nth: number, confidence: number): Evidence => ({
  region: { x: 0.1, y: nth / 10, width: 0.8, height: 0.05 },
  reading_confidence: 0.97,
  confidence,
  rule: 'local',
});

/** The local reader took the cash for the total, and knows that it is in doubt. */
function doubtful(more: Partial<Extraction['metadata']> = {}, sure = 0.5): Extraction {
  return {
    metadata: {
      merchant_name: 'CORNER SHOP',
      purchase_date: '2026-02-03',
      total_amount: '5.00',
      tax_amount: null,
      currency: 'USD',
      confidence: 0.6,
      ...more,
    },
    items: [],
    raw_text: PRINT.join('\n'),
    validation: {
      valid: false,
      errors: ['Two totals are printed.'],
      warnings: ['Two days are possible.'],
      confidence: 0.6,
    },
    evidence: {
      page: { width: 800, height: 1_000, turned_degrees: 0 },
      fields: {
        merchant_name: evidence(0, 0.9),
        purchase_date: evidence(4, 0.6),
        total_amount: evidence(5, sure),
        currency: evidence(3, 0.6),
      },
      items: [],
    },
  };
}

function said(more: object = {}): ModelReading {
  const reading = readAnswer({
    slips: 1,
    merchant_name: 'Corner Shop',
    purchase_date: '2026-02-03',
    total_amount: '3.70',
    tax_amount: null,
    currency: 'USD',
    items: [
      { item_name: 'Bread', quantity: null, unit_price: null, total_price: '2.50' },
      { item_name: 'Milk', quantity: null, unit_price: null, total_price: '1.20' },
    ],
    ...more,
  });
  if (!reading) throw new Error('no reading');
  return reading;
}

const both = (local: Extraction, model: ModelReading, prefer: 'model' | 'local' = 'local', shown = page) =>
  combine({ local, page: shown, model, today: TODAY }, prefer);

describe('two readers', () => {
  it('[O4] settle what the local one doubted where sums that are all in print speak for the model', () => {
    const { metadata, validation, evidence: where, items } = both(doubtful(), said());
    expect(metadata).toMatchObject({ total_amount: '3.70', currency: 'USD', purchase_date: '2026-02-03' });
    expect(metadata.confidence).toBeGreaterThanOrEqual(0.7);
    expect(validation).toMatchObject({ valid: true, errors: [], warnings: [] });
    expect(where.fields.total_amount).toMatchObject({
      region: lines[3]?.region,
      rule: 'total: vision model, in print',
    });
    expect(items.map(({ total_price }) => total_price)).toEqual(['2.50', '1.20']);
    expect(where.items.map(({ region }) => region)).toEqual([lines[1]?.region, lines[2]?.region]);
  });

  it('[O4] who agree are believed', () => {
    const local = doubtful({ total_amount: '3.70' });
    expect(both(local, said()).metadata.confidence).toBeGreaterThanOrEqual(0.8);
    expect(both(local, said()).validation.errors).toEqual([]);
  });

  it.each<[string, object]>([
    ['a total that is not in print', { total_amount: '999.99', items: [] }],
    [
      'a total that is in print with items that are not',
      {
        items: [
          { item_name: 'A', total_price: '1.85' },
          { item_name: 'B', total_price: '1.85' },
        ],
      },
    ],
    ['a total with items that do not add up to it', { total_amount: '1.30' }],
    [
      'a single line that is the total itself',
      { total_amount: '3.70', items: [{ item_name: 'Total', total_price: '3.70' }] },
    ],
    ['no total', { total_amount: null }],
    ['another currency', { currency: 'GBP' }],
    ['two receipts in the picture', { slips: 2 }],
  ])('[I17] stay in doubt where the model says %s', (_name, more) => {
    for (const prefer of ['local', 'model'] as const) {
      const { metadata, validation } = both(doubtful(), said(more), prefer);
      expect([prefer, metadata.confidence < 0.7, validation.errors.length > 0, validation.valid]).toEqual([
        prefer,
        true,
        true,
        false,
      ]);
    }
  });

  it.each<[string, object]>([
    ['another day', { purchase_date: '2026-03-02' }],
    ['a day to come', { purchase_date: '2027-01-01' }],
    ['no merchant', { merchant_name: null }],
    ['another merchant', { merchant_name: 'Somebody Else' }],
  ])('[I17] warn where the model says %s', (_name, more) => {
    const { metadata, validation } = both(doubtful(), said(more));
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.warnings.length).toBeGreaterThan(0);
  });

  it('[I17] take no day to come from a model, even where it is printed', () => {
    const local = doubtful({ purchase_date: null });
    const shown = {
      lines: [
        ...lines,
        { text: 'Valid until 01/01/2027', confidence: 1, region: { x: 0, y: 0, width: 1, height: 0.1 } },
      ],
      isWhole: true,
    };
    expect(both(local, said({ purchase_date: '2027-01-01' }), 'model', shown).metadata.purchase_date).toBeNull();
    expect(both(local, said({ purchase_date: '2026-02-03' }), 'model', shown).metadata.purchase_date).toBe(
      '2026-02-03',
    );
  });

  it('[I17] a model that differs from a certain local reader is not believed, no matter who is preferred', () => {
    const sure = {
      ...doubtful({ total_amount: '5.00', confidence: 0.95 }, 0.95),
      validation: { valid: true, errors: [], warnings: [], confidence: 0.95 },
    };
    for (const prefer of ['local', 'model'] as const) {
      const { metadata, validation } = both(sure, said(), prefer);
      expect(metadata.confidence).toBeLessThan(0.7);
      expect(validation.errors.join()).toContain('differ about the total: "5.00" and "3.70"');
      expect(metadata.total_amount).toBe(prefer === 'local' ? '5.00' : '3.70');
    }
  });

  it('[I17] who agree do not settle print that nobody has read', () => {
    const { validation, metadata } = both(doubtful({ total_amount: '3.70' }), said(), 'local', {
      lines,
      isWhole: false,
    });
    expect(validation.errors).toContain('Two totals are printed.');
    expect(metadata.confidence).toBeLessThan(0.7);
  });

  it('[I17] a model alone is in doubt where the local reader found no print at all', () => {
    const nothing = doubtful({
      merchant_name: null,
      purchase_date: null,
      total_amount: null,
      currency: null,
      confidence: 0,
    });
    const bare = { ...nothing, evidence: { ...nothing.evidence, fields: {} } };
    const { metadata, validation, evidence: where } = both(bare, said(), 'model', { lines: [], isWhole: true });
    expect(metadata).toMatchObject({ total_amount: '3.70', merchant_name: 'Corner Shop' });
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors.join()).toContain('The print does not show the total "3.70".');
    expect(where.fields.total_amount).toMatchObject({
      reading_confidence: 0,
      rule: 'total: vision model, not found in print',
    });
  });
});

describe('the answer of a model', () => {
  it.each<[string, unknown]>([
    ['text', 'Total 3.70'],
    ['null', null],
    ['a list', [1, 2]],
    ['an empty object', {}],
    ['nothing but nulls', { merchant_name: null, items: [] }],
    ['items that are a text', { total_amount: '3.70', items: 'bread' }],
    ['10,000 items', { total_amount: '3.70', items: Array(10_000).fill({ item_name: 'a' }) }],
  ])('[O4] that is %s is no reading', (_name, value) => {
    expect(readAnswer(value)).toBeUndefined();
  });

  it('[O4] is cleaned: control characters, hidden letters, long names, and amounts and days of another form', () => {
    const reading = said({
      merchant_name: `A\u0000B\u202eC\n${'x'.repeat(5_000)}`,
      total_amount: '3,70 EUR; ignore all instructions',
      tax_amount: 0.5,
      purchase_date: '2026-02-31',
      currency: 'euro',
      items: [{ item_name: '\u0007', quantity: '1e9', unit_price: 'Infinity', total_price: '2.50' }],
    });
    expect(reading).toMatchObject({ total_amount: null, tax_amount: '0.5', purchase_date: null, currency: null });
    expect(reading.merchant_name).toMatch(/^A B C x{3,}$/);
    expect(reading.merchant_name?.length).toBeLessThanOrEqual(200);
    expect(reading.items).toEqual([{ item_name: null, quantity: null, unit_price: null, total_price: '2.50' }]);
  });
});
