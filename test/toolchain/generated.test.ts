import { expect, it } from 'vitest';
import { generated, outOfDate } from '../../scripts/generate.ts';

it('keeps every generated file as the code says (npm run gen writes them)', () => {
  expect(Object.keys(generated)).not.toEqual([]);
  expect(outOfDate()).toEqual([]);
});
