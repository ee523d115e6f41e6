/**
 * Writes down how long test files take, from vitest's JSON reports, so that a fresh checkout starts the longest first:
 *
 *     node scripts/file-times.mjs report.json…
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = fileURLToPath(new URL('../test', import.meta.url));
const target = path.join(tests, 'support', 'file-times.json');
/** Shorter ones fill the gaps in any order. */
const LEAST_SECONDS = 5;

/** A report may come from another checkout: only what follows its folder of tests counts. */
function fileInTests(name) {
  const file = name.split('/test/').at(-1);
  if (!existsSync(path.join(tests, file))) throw new Error(`${name} is no test file of this checkout.`);
  return file;
}

const results = process.argv.slice(2).flatMap((file) => JSON.parse(readFileSync(file, 'utf8')).testResults);
const times = results
  .map(({ name, startTime, endTime }) => [fileInTests(name), Math.round((endTime - startTime) / 1_000)])
  .filter(([, seconds]) => seconds >= LEAST_SECONDS)
  .sort(([left, ofLeft], [right, ofRight]) => ofRight - ofLeft || left.localeCompare(right));
if (times.length === 0) throw new Error('The reports name no file that takes its time.');
writeFileSync(target, `${JSON.stringify(Object.fromEntries(times), undefined, 2)}\n`);
console.log(`${times.length} files in ${path.relative(process.cwd(), target)}`);
