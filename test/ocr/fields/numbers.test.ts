import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NumberStyle } from '../../../src/ocr/fields/digits.ts';
import {
  findNumbers,
  isPrice,
  mendMark,
  mendNumbers,
  moneyText,
  numberStyle,
  thousandths,
} from '../../../src/ocr/fields/numbers.ts';

const COMMA: NumberStyle = { decimalMark: ',', priceDecimals: 2, blankGroups: false };
const DOT: NumberStyle = { decimalMark: '.', priceDecimals: 2, blankGroups: false };
const DONG: NumberStyle = { decimalMark: ',', priceDecimals: 0, blankGroups: false };

function prices(text: string, style: NumberStyle): number[] {
  return findNumbers(mendMark(mendNumbers(text)), style)
    .filter((number) => isPrice(number, style))
    .map((number) => thousandths(number) / 10);
}

describe('amounts', () => {
  it.each<[string, NumberStyle, number]>([
    ['1,129.00', DOT, 112_900],
    ['1.129,00', COMMA, 112_900],
    ['1,129,00', COMMA, 112_900],
    ['24,23', COMMA, 2_423],
    ['0,25-', COMMA, -25],
    ['-1,25*C', COMMA, -125],
    ['9.00 RM', DOT, 900],
    ['RM9.00', DOT, 900],
    ['RM-0.20', DOT, -20],
    ['$9.00', DOT, 900],
    ['-£0.20', DOT, -20],
    ['326.000 đ', DONG, 32_600_000],
    ['203,500.00', DONG, 20_350_000],
    ['20.99', COMMA, 2_099],
    ['19 ,58', COMMA, 1_958],
    ['RMO.25', DOT, 25],
    ['1,4D', COMMA, 140],
    ['0,89D', COMMA, 89],
    ['5.90SR', DOT, 590],
    ['RM 15 15', DOT, 1_515],
    ['$1 1.40', DOT, 1_140],
    ['.40', DOT, 40],
  ])('reads %s', (text, style, amount) => {
    expect(prices(text, style)).toEqual([amount].filter(() => style.priceDecimals === 2 || amount % 100 === 0));
  });

  it.each([
    '18.05.2020',
    '12:06:33',
    '05251/1809732',
    '19,00%',
    '7,00 %',
    'ZXD-19.50X',
    '9.00 Uhr',
    '1,5l',
    '6x1.25L',
    '+603-9130.26',
    '4002245701618',
  ])('takes no price from %s', (text) => {
    expect(prices(text, numberStyle(text, '.', 2))).toEqual([]);
  });

  it('reads every amount back that it writes, in both styles and with either sign', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), fc.boolean(), fc.boolean(), (amount, isComma, isMinus) => {
        const plain = moneyText(amount * 10, 2);
        const text = `Artikel ${isMinus ? '-' : ''}${isComma ? plain.replace('.', ',') : plain} A`;
        expect(prices(text, isComma ? COMMA : DOT)).toEqual([isMinus ? -amount || 0 : amount]);
      }),
    );
  });

  it('never throws and never gives a number that is not one, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'0123456789.,-–/:%€$RMx* ABkgđoOD'.split('')), maxLength: 40 }),
        (text) => {
          for (const style of [COMMA, DOT, DONG]) {
            for (const number of findNumbers(mendNumbers(text), style))
              expect(Number.isFinite(number.value)).toBe(true);
          }
        },
      ),
    );
  });

  it('decides the decimal mark by the majority of amounts', () => {
    expect(numberStyle('1,69 9,99 1.19 0,25', '.', 2).decimalMark).toBe(',');
    expect(numberStyle('5.90 5.90 1,000', ',', 2).decimalMark).toBe('.');
  });
});
