import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** The test files of this repository, without those of its dependencies. */
const ours = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && !file.split(path.sep).includes('node_modules'))
  .map((file) => path.join('test', file))
  .sort();

function filesIn(env: Readonly<Record<string, string>>): { file: string; projectName: string }[] {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { TOPOLOGY: _, ...rest } = process.env;
  const text = execFileSync(process.execPath, [vitest, 'list', '--filesOnly', '--json'], {
    cwd: root,
    env: { ...rest, ...env },
    encoding: 'utf8',
  });
  return JSON.parse(text.slice(text.indexOf('['))) as { file: string; projectName: string }[];
}

it('every test file belongs to exactly one of the suites that CI runs, and no other file to any', () => {
  const suites = [...filesIn({}), ...filesIn({ TOPOLOGY: '1' })];
  expect(suites.map(({ file }) => path.relative(root, file)).sort()).toEqual(ours);
  expect(new Set(suites.map(({ projectName }) => projectName))).toEqual(
    new Set(['sharing', 'apart', 'drills', 'pages', 'topology']),
  );
});
