import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { SABOTAGES } from '../../scripts/sabotage/guards.ts';

const root = path.resolve(import.meta.dirname, '../..');

it.each(SABOTAGES.map((row) => [row.guard, row] as const))(
  'the guard that can be taken away is there: %s',
  (_guard, row) => {
    const places = readFileSync(path.join(root, row.file), 'utf8').split(row.find).length - 1;
    if (row.everywhere) expect(places).toBeGreaterThan(0);
    else expect(places).toBe(1);
    for (const test of row.tests) expect(existsSync(path.join(root, test)), test).toBe(true);
  },
);

it('each guard is taken away once', () => {
  const guards = SABOTAGES.map(({ guard }) => guard);
  expect(guards.filter((guard, at) => guards.indexOf(guard) !== at)).toEqual([]);
});
