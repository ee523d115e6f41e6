import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SABOTAGES } from './sabotage/guards.ts';
import type { Sabotage } from './sabotage/row.ts';

/**
 * Takes each guard away in a copy of this checkout and runs the tests that should notice. Exit 1 when one does not:
 * then the suite is not honest about that promise. `npm run test:sabotage [-- words of a guard]`.
 */
const root = path.resolve(import.meta.dirname, '..');
const FOLDERS = ['src', 'workflows', 'activities', 'mcp', 'dashboard', 'bench', 'test', 'scripts', 'dist', 'assets'];
const FILES = ['LICENSE', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

function copyOfCheckout(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'pantry-sabotage-'));
  for (const name of [...FOLDERS, ...FILES]) cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  return copy;
}

function sabotaged(text: string, { find, replace, everywhere, file, guard }: Sabotage): string {
  const parts = text.split(find);
  if (parts.length < 2 || (parts.length > 2 && !everywhere)) {
    throw new Error(
      `"${guard}": its text stands ${parts.length - 1} times in ${file}; mend scripts/sabotage/guards.ts`,
    );
  }
  return parts.join(replace);
}

interface Result {
  readonly testResults: readonly { assertionResults: readonly { status: string; fullName: string }[] }[];
}

/** Browser tests open the built pages. @returns false where they cannot even be built */
function rebuildPages(copy: string): boolean {
  const script =
    "import { buildDashboard } from './scripts/build/dashboard.mjs'; await buildDashboard(process.cwd(), process.cwd() + '/dist/dashboard');";
  return (
    spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: copy, stdio: 'ignore' }).status === 0
  );
}

function redTests(copy: string, tests: readonly string[]): string[] {
  const output = path.join(copy, 'result.json');
  rmSync(output, { force: true });
  spawnSync('npx', ['vitest', 'run', ...tests, '--reporter=json', `--outputFile=${output}`], {
    cwd: copy,
    env: { ...process.env, CI: 'true' },
    stdio: 'ignore',
  });
  try {
    const result = JSON.parse(readFileSync(output, 'utf8')) as Result;
    return result.testResults.flatMap((file) =>
      file.assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName),
    );
  } catch {
    // Not even the set-up of the run came through: the sabotage was noticed before any test.
    return ['(the test run itself)'];
  }
}

const wanted = process.argv.slice(2).join(' ');
const copy = copyOfCheckout();
let silent = 0;
try {
  for (const sabotage of SABOTAGES.filter(({ guard }) => guard.includes(wanted))) {
    const file = path.join(copy, sabotage.file);
    const sound = readFileSync(file, 'utf8');
    writeFileSync(file, sabotaged(sound, sabotage));
    const isPage = sabotage.file.startsWith('dashboard/');
    const red = isPage && !rebuildPages(copy) ? ['(the build of the pages)'] : redTests(copy, sabotage.tests);
    writeFileSync(file, sound);
    if (isPage) rebuildPages(copy);
    if (red.length === 0) silent++;
    console.log(`${red.length === 0 ? 'NOT NOTICED' : 'noticed'}  without ${sabotage.guard}  (${sabotage.promise})`);
    for (const test of red.slice(0, 3)) console.log(`             red: ${test}`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
console.log(silent === 0 ? 'Every guard is held by a test.' : `${silent} guards are held by no test.`);
process.exitCode = silent === 0 ? 0 : 1;
