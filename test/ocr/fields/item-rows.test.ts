import { describe, expect, it } from 'vitest';
import { itemsOf, understood } from '../support/printed.ts';

const HEAD = 'CORNER SHOP\nAustin, TX 78701\n(512) 555-0142\n03/14/2026 10:15 AM\n';
const of = (rows: string, total: string): string[] => itemsOf(understood(`${HEAD}${rows}\nTOTAL | $${total}`));

describe('the name of an item', () => {
  it.each([
    ['a count with a sign of multiplication', '3x | Pilsner | 12.00', 'Pilsner'],
    ['a count and the price of one', '3@4.00 Pilsner | 12.00', 'Pilsner'],
    ['a word for each before the price of one', '3x Pilsner | a | 4.00 | 12.00', 'Pilsner'],
    ['count and price of one in brackets', 'Pilsner (3 @4.00) | 12.00', 'Pilsner'],
    ['a number of the article and the letter of its tax', 'Pilsner 039304109751 C | 12.00', 'Pilsner'],
  ])('[O8] is without %s', (_, row, name) => {
    const [item] = of(`${row}\nBread | 2.50`, '14.50');
    expect(item?.split(' · ')[0]).toBe(name);
  });

  it('[O8] may begin with a number that counts nothing', () => {
    expect(of('3X4 Heavy mat | 12.00\nBread | 2.50', '14.50')[0]).toContain('X4 Heavy mat');
  });

  it('[O8] may hold a range of prices', () => {
    expect(of('Cover $25-$49.99 plan | 6.00\nBread | 2.50', '8.50')[0]).toBe('Cover $25-$49.99 plan · 6.00');
  });
});

describe('rows among the items', () => {
  it.each([
    'Item price 46.00 | You save 36.80',
    'RegPrice 8.97 | CardSav 2.97',
    '0.71 lbs @ 0.79 lb',
    '0.20 EA 5 FOR | 0.99',
  ])('[O8] are no items: %s', (row) => {
    expect(of(`Bread | 2.50\n${row}\nCheese | 7.50`, '10.00')).toEqual(['Bread · 2.50', 'Cheese · 7.50']);
  });

  it('[O8] that sum up groups of goods are no items', () => {
    expect(of('Crab | 21.95\nStout | 2.50\nCider | 4.00\nfood | 21.95\nliquor | 6.50', '28.45')).toHaveLength(3);
    // As many groups as goods: nothing says that they are groups.
    expect(of('Crab | 21.95\nStout | 6.50\nfood | 21.95\nliquor | 6.50', '56.90')).toHaveLength(4);
  });

  it('[O8] below a subtotal that name no less than all of it are no items', () => {
    expect(of('Crab | 21.95\nStout | 2.00\nSUBTOTAL | 23.90\nTAX | 1.50\nTOTFIL | 25.40', '25.40')).toHaveLength(2);
  });

  it('[O8] below subtotal and total are no items', () => {
    expect(of('Subtotal | 57.00\nTax | 4.56\nGrand total | 61.56\nIotap | 61.76', '61.56')).toEqual([]);
  });

  it('[O8] below a line that names subtotal and total are no items', () => {
    const rows = 'Crab | 21.95\nNET SALES | 21.95 GRAND TOTAL | 24.00\nSIGNATURE\n17.50 | 2.50 | 19.50';
    expect(of(rows, '24.00')).toHaveLength(1);
  });
});

describe('marks that touch an amount', () => {
  it('[O8] a number of a tax class is told from the decimals by the other lines', () => {
    const rows = 'Pilsner | 12,001\nBread | 2,40 1\nCheese | 9,90 1\nTea | 2,10 1';
    const { items } = understood(`Laden\n33100 Paderborn\n${rows}\nSumme EUR | 26,40`).extraction;
    expect(items.map(({ total_price }) => total_price)).toEqual(['12.00', '2.40', '9.90', '2.10']);
  });

  it('[I17] three decimals stay three decimals where no line prints a tax class', () => {
    const { items } = understood('Laden\n33100 Paderborn\nPilsner | 12,001\nBread | 2,40\nSumme EUR | 2,40').extraction;
    expect(items.map(({ total_price }) => total_price)).not.toContain('12.00');
  });

  it('[O8] a sign that was read as a digit is told from the digits by the same amount elsewhere', () => {
    const { metadata } = understood(
      'Shop\nKoh Samui\nEntrance | 8200.00\nSubtotal: | B200.00\nTotal: | 8200.00\nCash | B200.00',
    ).extraction;
    expect(metadata.total_amount).toBe('200.00');
  });

  it('[I17] an amount that begins with the digit 8 stays what it is', () => {
    const { metadata } = understood('Shop\nEntrance | 8200.00\nTotal: | 8200.00\nCash | 8200.00').extraction;
    expect(metadata.total_amount).toBe('8200.00');
  });
});

describe('a total that no line names', () => {
  it('[O8] is proved by many items that add up to it', () => {
    const { metadata } = understood(`${HEAD}Crab | 21.95\nStout | 2.50\nCider | 4.00\n$28.45`).extraction;
    expect(metadata).toMatchObject({ total_amount: '28.45' });
    expect(metadata.confidence).toBeGreaterThan(0.7);
  });

  it.each([
    ['few items', 'Crab | 21.95\nStout | 2.50\n$24.45'],
    ['a larger amount below', 'Crab | 21.95\nStout | 2.50\nCider | 4.00\n$28.45\n$30.45'],
  ])('[I17] stays in doubt with %s', (_, rows) => {
    expect(understood(`${HEAD}${rows}`).extraction.metadata.confidence).toBeLessThan(0.7);
  });
});
