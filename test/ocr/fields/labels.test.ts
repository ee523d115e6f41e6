import { describe, expect, it } from 'vitest';
import { LABEL_RULES } from '../../../src/ocr/fields/tables/labels.ts';
import { understood } from '../support/printed.ts';

const SLIP = 'CORNER SHOP\n12.03.2026 10:15\nBREAD | 5.00\nCHEESE | 7.50\n';
const textsOf = (kind: string, least = 0): string[] =>
  LABEL_RULES.filter((rule) => rule.kind === kind && rule.strength > least && rule.alone !== true).flatMap(
    ({ phrases }) => phrases.map(({ words }) => words.join(' ')),
  );

/** The total of a slip in which a label names what is printed beside it. */
const totalOf = (text: string): string | null => understood(text).extraction.metadata.total_amount;

describe('labels of sums', () => {
  it.each(textsOf('total', 0.5))('[O8] name the total: %s', (label) => {
    // Not the sum of the items, so that nothing but the label speaks for it.
    expect(totalOf(`${SLIP}${label} | 13.10`)).toBe('13.10');
    expect(totalOf(`${SLIP}${label.toUpperCase()} | 13.10`)).toBe('13.10');
  });

  it.each([
    ...textsOf('subtotal'),
    ...textsOf('tax'),
    ...textsOf('service'),
    ...textsOf('count'),
    ...textsOf('savings'),
    ...textsOf('information'),
  ])('[O8] do not name the total: %s', (label) => {
    expect(totalOf(`${SLIP}${label} | 99.10\nTOTAL | 12.50`)).toBe('12.50');
  });
});

describe('sums no label names', () => {
  it.each([
    ['the items alone', `${SLIP}12.50`, '12.50'],
    ['the items and a tax', `${SLIP}TAX | 1.25\n13.75`, '13.75'],
    ['a subtotal and charges of any name', `${SLIP}SUBTOTAL | 12.50\nBoston 7% | 0.88\n13.38`, '13.38'],
    ['how it is taken', `${SLIP}COUNTER-EAT IN | 12.50\nNO TAX\nAMOUNT DUE | 12.50`, '12.50'],
  ])('[O8] are found as the sum of %s', (_, text, total) => {
    expect(totalOf(text)).toBe(total);
  });

  it('[O8] supersede a total to which taxes are added below it', () => {
    const text = `${SLIP}TOTAL | 12.50\nSER TAX 5% | 0.63\nVAT (2%) | 0.25\nROUND OFF | 0.12\nNET AMOUNT | 13.50`;
    expect(totalOf(text)).toBe('13.50');
  });

  it('[I17] do not supersede a total by what was paid', () => {
    expect(totalOf(`${SLIP}TOTAL | 12.50\nCASH | 20.00\nCHANGE | 7.50`)).toBe('12.50');
    expect(totalOf(`${SLIP}TOTAL | 12.50\nTIP | 2.50\n15.00`)).toBe('12.50');
  });

  it('[I17] leave a reading in doubt where no line names the total', () => {
    const { metadata, validation } = understood(`${SLIP}12.50`).extraction;
    expect(metadata.confidence).toBeLessThan(0.7);
    expect(validation.errors).not.toEqual([]);
  });
});

describe('rows below the items', () => {
  it.each(['State Tax | 0.75', 'TAX1 | 0.75', '7.0% - Boston | 0.75', 'Service | 0.75', 'Sales | 0.75', 'Grat | 0.75'])(
    '[O8] are no items: %s',
    (row) => {
      const { items } = understood(`${SLIP}SUBTOTAL | 12.50\n${row}\nTOTAL | 13.25`).extraction;
      expect(items.map(({ item_name }) => item_name)).toEqual(['BREAD', 'CHEESE']);
    },
  );

  it('[O8] add up with several taxes: of a city and of a state', () => {
    const text = `${SLIP}SUBTOTAL | 12.50\nSTATE TAX | 0.75\nCITY TAX | 0.31\nTOTAL | 13.56`;
    expect(understood(text).checks).toMatchObject({ itemsAddUp: true, explained: 1 });
  });

  it('[O8] gives an item of no price only where it is named', () => {
    const { items } = understood(`CORNER SHOP\nSTEAK | 12.50\nRARE | 0.00\n0.00\nTOTAL | 12.50`).extraction;
    expect(items.map(({ item_name }) => item_name)).toEqual(['STEAK', 'RARE']);
  });
});
