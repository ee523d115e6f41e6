import { expect, it } from 'vitest';
import { partOf, sampleOf } from '../support/sample.ts';

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

it('the part of a run is half of the rows in their order, the same for the same seed, and all of them in CI', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const part = partOf(ROWS, seed, false);
    expect(part).toHaveLength(3);
    expect(part).toEqual(ROWS.filter((row) => part.includes(row)));
    expect(part).toEqual(partOf(ROWS, seed, false));
    for (const row of part) seen.add(row);
  }
  expect([...seen].sort()).toEqual([...ROWS].sort());
  expect(partOf(ROWS, 1, true)).toEqual(ROWS);
  expect(partOf([], 1, false)).toEqual([]);
});
