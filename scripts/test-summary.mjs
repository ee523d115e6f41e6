/**
 * Prints "N passed, N failed, N skipped" over vitest's JSON reports, and before it each failed test with what it failed
 * of: who has only the end of a long output finds all of them there. Exits 1 when something failed or nothing ran in one
 * of them, so that a broken test run can never look like a good one.
 *
 *     node scripts/test-summary.mjs report.json…
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

const MAX_FAILED_LISTED = 100;
const MAX_MESSAGE_CHARS = 300;

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

const fileOf = (name) => path.relative(process.cwd(), name);
const begin = (message = '') => message.split('\n')[0].slice(0, MAX_MESSAGE_CHARS);

function summaryOf(file) {
  const report = readReport(file);
  // A test file that cannot even be loaded has no tests to count, and is a failure all the same.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  for (const { name, message } of brokenFiles) console.log(`FAILED ${fileOf(name)}: ${begin(message)}`);
  const tests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: fileOf(name) })),
  );
  for (const test of tests.filter(({ status }) => status === 'failed').slice(0, MAX_FAILED_LISTED))
    console.log(`FAILED ${test.file} > ${test.fullName}: ${begin(test.failureMessages[0])}`);
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + brokenFiles.length;
  if (passed + failed === 0) console.error(`No test ran (${file}).`);
  return { passed, failed, skipped: report.numPendingTests + report.numTodoTests };
}

const summaries = process.argv.slice(2).map(summaryOf);
const sum = (key) => summaries.reduce((total, summary) => total + summary[key], 0);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
const isGood = summaries.length > 0 && summaries.every(({ passed, failed }) => failed === 0 && passed > 0);
process.exitCode = isGood ? 0 : 1;
