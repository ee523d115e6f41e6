import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = path.resolve(import.meta.dirname, '../../scripts/test-summary.mjs');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-queue-summary-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function summarise(...reports: (object | undefined)[]): { line: string | undefined; code: number | null } {
  const { lines, code } = printedOf(...reports);
  return { line: lines.at(-1), code };
}

function printedOf(...reports: (object | undefined)[]): { lines: string[]; code: number | null } {
  const files = reports.map((report, place) => {
    const file = path.join(folder, `report-${place}.json`);
    if (report) writeFileSync(file, JSON.stringify(report));
    else rmSync(file, { force: true });
    return file;
  });
  const { stdout, status } = spawnSync(process.execPath, [script, ...files], { encoding: 'utf8' });
  return { lines: stdout.trimEnd().split('\n'), code: status };
}

const report = (passed: number, failed: number, testResults: object[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 1,
  numTodoTests: 0,
  testResults,
});

describe('the closing line of the tests', () => {
  it('counts what passed', () => {
    expect(summarise(report(12, 0))).toEqual({ line: '12 passed, 0 failed, 1 skipped', code: 0 });
  });

  it('fails with a failed test', () => {
    expect(summarise(report(11, 1))).toEqual({ line: '11 passed, 1 failed, 1 skipped', code: 1 });
  });

  it('counts a test file that cannot be loaded as failed', () => {
    const broken = { name: 'a.test.ts', status: 'failed', message: 'SyntaxError', assertionResults: [] };
    expect(summarise(report(12, 0, [broken]))).toEqual({ line: '12 passed, 1 failed, 1 skipped', code: 1 });
  });

  it('tells before the counts which tests failed, and of what', () => {
    const name = path.resolve('test/words/a.test.ts');
    const failed = (fullName: string, message: string) => ({ status: 'failed', fullName, failureMessages: [message] });
    const tests = [
      { status: 'passed', fullName: 'a good one', failureMessages: [] },
      failed('one', 'expected 1\n  at a'),
    ];
    const { lines } = printedOf(
      report(1, 1, [{ name, status: 'failed', assertionResults: tests }]),
      report(5, 1, [{ name, status: 'failed', assertionResults: [failed('two', 'x'.repeat(1000))] }]),
      report(5, 0, [{ name, status: 'failed', message: 'SyntaxError\n  at b', assertionResults: [] }]),
    );
    expect(lines).toEqual([
      'FAILED test/words/a.test.ts > one: expected 1',
      `FAILED test/words/a.test.ts > two: ${'x'.repeat(300)}`,
      'FAILED test/words/a.test.ts: SyntaxError',
      '11 passed, 3 failed, 3 skipped',
    ]);
  });

  it('fails when no test ran', () => {
    expect(summarise(report(0, 0))).toEqual({ line: '0 passed, 0 failed, 1 skipped', code: 1 });
  });

  it('fails when the tests ended without a report', () => {
    expect(summarise(undefined)).toEqual({ line: '0 passed, 0 failed, 0 skipped', code: 1 });
  });

  it('adds several runs, and fails when one of them failed, ran nothing or left no report', () => {
    const good = report(10, 0);
    expect(summarise(good, report(3, 0))).toEqual({ line: '13 passed, 0 failed, 2 skipped', code: 0 });
    expect(summarise(good, report(3, 1))).toEqual({ line: '13 passed, 1 failed, 2 skipped', code: 1 });
    expect(summarise(good, report(0, 0))).toEqual({ line: '10 passed, 0 failed, 2 skipped', code: 1 });
    expect(summarise(good, undefined)).toEqual({ line: '10 passed, 0 failed, 1 skipped', code: 1 });
    expect(summarise()).toEqual({ line: '0 passed, 0 failed, 0 skipped', code: 1 });
  });
});
