/**
 * Prints "N passed, N failed, N skipped" over vitest's JSON reports. Exits 1 when something failed or nothing ran in one
 * of them, so that a broken test run can never look like a good one.
 *
 *     node scripts/test-summary.mjs report.json…
 */
import { readFileSync } from 'node:fs';

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}

function summaryOf(file) {
  const report = readReport(file);
  // A test file that cannot even be loaded has no tests to count, and is a failure all the same.
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  for (const { name, message } of brokenFiles) console.error(`${name}: ${message}`);
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
