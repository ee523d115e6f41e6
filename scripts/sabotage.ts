import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { SABOTAGES } from './sabotage/guards.ts';
import type { Sabotage } from './sabotage/row.ts';
import { type Bench, type Found, startBench } from './sabotage/run/bench.ts';
import { type Copy, copyCheckout } from './sabotage/run/copy.ts';
import { makeTemplate, restoreTemplate } from './sabotage/run/template.ts';

/**
 * Takes each guard away in a copy of this checkout and runs the tests that should notice. Exit 1 when one does not:
 * then the suite is not honest about that promise.
 *
 * Guards whose tests are short come first.
 *
 *     npm run test:sabotage -- [words of a guard, its file or its tests] [--results FILE] [--from-end]
 *
 * `--results` writes each row down as it comes, and leaves out those that stand there as noticed: a run that was ended
 * goes on, and a second one `--from-end` meets the first. SIGINT and SIGTERM end it with the row that runs.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { results: { type: 'string' }, 'from-end': { type: 'boolean', default: false } },
});

const NOTHING: Found = { red: [], unloaded: [] };

async function tryWithout(row: Sabotage, copy: Copy, bench: Bench): Promise<Found> {
  const isPage = row.file.startsWith('dashboard/');
  const isSql = row.file.endsWith('.sql');
  const putBack = copy.takeAway(row);
  bench.forget(row.file);
  try {
    if (isPage && !copy.buildPages()) return { ...NOTHING, unloaded: ['the pages cannot be built'] };
    const found = isSql ? await withTemplate(row, copy, bench) : await bench.run(row);
    if (isPage || found.red.length + found.unloaded.length > 0) return found;
    // Tests that start processes run what was built.
    if (!copy.buildPrograms()) return { ...NOTHING, unloaded: ['the programs cannot be built'] };
    return await withTemplate(row, copy, bench);
  } finally {
    putBack();
    bench.forget(row.file);
    copy.restoreBuild();
  }
}

async function withTemplate(row: Sabotage, copy: Copy, bench: Bench): Promise<Found> {
  const { postgresUrl } = bench;
  try {
    const failure = await makeTemplate(postgresUrl, copy.root);
    return failure === undefined ? await bench.run(row) : { ...NOTHING, unloaded: [`migration: ${failure}`] };
  } finally {
    await restoreTemplate(postgresUrl);
  }
}

function outcomeOf({ red, unloaded }: Found): 'noticed' | 'NOT NOTICED' | 'NOT LOADED' {
  if (red.length > 0) return 'noticed';
  return unloaded.length > 0 ? 'NOT LOADED' : 'NOT NOTICED';
}

const results = values.results === undefined ? undefined : path.resolve(values.results);
const isNoticed = ({ guard }: Sabotage) =>
  results !== undefined && existsSync(results) && readFileSync(results, 'utf8').includes(`noticed\t${guard}\t`);
const words = positionals.join(' ');
const wanted = SABOTAGES.filter(({ guard, file, tests }) =>
  [guard, file, ...tests].some((text) => text.includes(words)),
);
const times: Record<string, number> = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../test/support/file-times.json'), 'utf8'),
);
const secondsOf = ({ tests }: Sabotage) => Math.max(...tests.map((test) => times[test.replace('test/', '')] ?? 0));
wanted.sort((left, right) => secondsOf(left) - secondsOf(right));
if (values['from-end']) wanted.reverse();

const copy = copyCheckout(path.resolve(import.meta.dirname, '..'));
const silent: string[] = [];
let bench: Bench | undefined;
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isEnding = true;
  });
}
try {
  bench = await startBench(copy.root);
  for (const row of wanted.filter((each) => !isNoticed(each))) {
    if (isEnding) break;
    if (isNoticed(row)) continue;
    const startedMs = Date.now();
    const found = await tryWithout(row, copy, bench);
    // The servers of a run that is ended may have gone first: nothing that was red since then tells of the guard.
    if (isEnding) break;
    const outcome = outcomeOf(found);
    const [first = ''] = [...found.red, ...found.unloaded];
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    if (outcome !== 'noticed') silent.push(row.guard);
    console.log(`${outcome}  without ${row.guard}  (${row.promise}; ${seconds} s)\n             ${first}`);
    if (results) appendFileSync(results, `${outcome}\t${row.guard}\t${seconds} s\t${row.file}\t${first}\n`);
  }
} finally {
  await bench?.close();
  copy.remove();
}
if (silent.length > 0) console.log(`No test holds:\n${silent.join('\n')}`);
else console.log(isEnding ? 'Ended before all guards were taken away.' : 'Each guard is held by a test.');
process.exitCode = silent.length === 0 && !isEnding ? 0 : 1;
