import { expect, it } from 'vitest';
import { sampleOf } from '../support/sample.ts';

const ROWS = ['table a', 'table b', 'table c', 'row d', 'row e'];
const kindOf = (row: string) => row.split(' ')[0] ?? '';
const drawn = (seed: number) => sampleOf(ROWS, kindOf, seed, false);

it('the sample of a fault run holds one row of each kind, the same for the same seed', () => {
  for (let seed = 0; seed < 50; seed++) {
    expect(drawn(seed).map(kindOf)).toEqual(['table', 'row']);
    expect(drawn(seed)).toEqual(drawn(seed));
  }
});

it('the samples of many seeds hold every row, and the full run all of them at once', () => {
  const seen = new Set(Array.from({ length: 50 }, (_, seed) => drawn(seed)).flat());
  expect([...seen].sort()).toEqual([...ROWS].sort());
  expect(sampleOf(ROWS, kindOf, 1, true)).toEqual(ROWS);
});
