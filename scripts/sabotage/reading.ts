import type { Sabotage } from './row.ts';

/** The guards of reading photographs. */
export const READING_SABOTAGES: readonly Sabotage[] = [
  {
    guard: 'the confidence of a reading in doubt',
    promise: 'I17: nothing in doubt looks right',
    file: 'src/ocr/fields/confidence.ts',
    find: 'isDoubtful ? Math.min(confidence, IN_DOUBT) : confidence',
    replace: 'isDoubtful ? confidence : confidence',
    tests: ['test/ocr/fields/sums.test.ts'],
  },
  {
    guard: 'digits beside an amount that were not understood',
    promise: 'I17: the tail of a number is never the number',
    file: 'src/ocr/fields/numbers.ts',
    find: 'partial: isPartOfNumber(match[0], before, after)',
    replace: 'partial: false && isPartOfNumber(match[0], before, after)',
    tests: ['test/ocr/fields/amounts.test.ts'],
  },
  {
    guard: 'the printed currency before the country',
    promise: 'I17: a printed code is never overruled',
    file: 'src/ocr/fields/currency.ts',
    find: 'if (first !== undefined) {',
    replace: 'if (first !== undefined && first.line < 0) {',
    tests: ['test/ocr/fields/currencies.test.ts'],
  },
  {
    guard: 'the tilt of lines on bent pages',
    promise: 'O8: label and amount of a curled page stand on one line',
    file: 'src/ocr/engine/lines.ts',
    find: ') * (i < ways.length ? 1 : GUESSED)',
    replace: ') * (i < 1 ? 0 : GUESSED)',
    tests: ['test/ocr/engine/bent-pages.test.ts'],
  },
  {
    guard: 'a sum to which taxes are added below it',
    promise: 'O8: the last of a chain of sums is the one to pay',
    file: 'src/ocr/fields/total.ts',
    find: 'candidate.votes.set(name, weight * SUPERSEDED)',
    replace: 'candidate.votes.set(name, weight + 0 * SUPERSEDED)',
    tests: ['test/ocr/fields/labels.test.ts'],
  },
  {
    guard: 'the clock of a reading',
    promise: 'I17: a reading that a busy machine cut short is tried again, not saved as read',
    file: 'src/ocr/engine/budget.ts',
    find: 'if (wallShare() > 1) throw',
    replace: 'if (wallShare() < 0) throw',
    tests: ['test/ocr/engine/budget.test.ts'],
  },
  {
    guard: 'the larger amount beside a total that no line names',
    promise: 'I17: items prove a total only where nothing larger is printed',
    file: 'src/ocr/fields/doubts.ts',
    find: 'printed.every((price) => price <= total)',
    replace: 'printed.every((price) => price <= total || price > total)',
    tests: ['test/ocr/fields/item-rows.test.ts'],
  },
  {
    guard: 'the count of goods before sums of groups',
    promise: 'I17: two pairs of equal prices are goods, not groups',
    file: 'src/ocr/fields/items/region.ts',
    find: 'priced.length - count > count',
    replace: 'priced.length - count > 0',
    tests: ['test/ocr/fields/item-rows.test.ts'],
  },
];
