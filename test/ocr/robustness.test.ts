import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureArtifact } from '#artifacts';
import { loadModels, type Models } from '../../src/ocr/engine/models.ts';
import { extract } from '../../src/ocr/extract.ts';
import { ALL, partOf, randomFrom, SEED } from '../support/sample.ts';
import { VARIANTS } from './support/variants.ts';

/** What a person reads on the shipped receipts. */
const RECEIPTS = [
  { file: 'aldi_02032020_19_02423.jpg', merchant: 'Aldi', date: '2020-03-02', total: '24.23', items: 19 },
  { file: 'contoso-receipt-2.jpg', merchant: 'Contoso', date: '2019-06-10', total: '2516.28', items: 2 },
  { file: 'dm_18052020_03_00355.jpg', merchant: 'dm', date: '2020-05-18', total: '3.55', items: 3 },
  { file: 'lidl_30042020_08_01958.jpg', merchant: 'Lidl', date: '2020-04-30', total: '19.58', items: 9 },
  { file: 'real_23032020_06_01662.jpg', merchant: 'real', date: '2020-03-23', total: '16.62', items: 6 },
];

let models: Models;

beforeAll(async () => {
  models = await loadModels(await ensureArtifact('ocr-models'));
});

describe('the shipped receipts', () => {
  it.each(RECEIPTS)(
    'reads merchant, date, total and items of $file',
    async ({ file, merchant, date, total, items }) => {
      const { extraction } = await extract(models, await readFile(`assets/receipts/${file}`));
      expect(extraction.metadata).toMatchObject({ merchant_name: merchant, purchase_date: date, total_amount: total });
      expect(extraction.items).toHaveLength(items);
      expect(extraction.validation).toMatchObject({ valid: true, errors: [], warnings: [] });
      expect(extraction.metadata.confidence).toBeGreaterThan(0.85);
    },
  );
});

/** Variants, each on a receipt that the seed draws; in CI every variant, in the full run each on all. */
const random = randomFrom(SEED);
const VARIED = partOf(Object.entries(VARIANTS)).map(([name, make]) => {
  const rotated = Math.floor(random() * RECEIPTS.length);
  const drawn = [...RECEIPTS.slice(rotated), ...RECEIPTS.slice(0, rotated)].slice(0, ALL ? undefined : 1);
  return { name, make, drawn };
});

describe.each(VARIED)('$name', ({ make, drawn }) => {
  it(`gives the same totals (seed ${SEED})`, async () => {
    const read: (string | null)[] = [];
    for (const { file } of drawn) {
      const { extraction } = await extract(models, await make(await readFile(`assets/receipts/${file}`)));
      read.push(extraction.metadata.total_amount);
    }
    expect(read).toEqual(drawn.map(({ total }) => total));
  });
});
