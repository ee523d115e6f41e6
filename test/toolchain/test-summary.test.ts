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

function summarise(report?: object): { line: string | undefined; code: number | null } {
  const file = path.join(folder, 'report.json');
  if (report) writeFileSync(file, JSON.stringify(report));
  const { stdout, status } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  return { line: stdout.trimEnd().split('\n').at(-1), code: status };
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

  it('fails when no test ran', () => {
    expect(summarise(report(0, 0))).toEqual({ line: '0 passed, 0 failed, 1 skipped', code: 1 });
  });

  it('fails when the tests ended without a report', () => {
    expect(summarise()).toEqual({ line: '0 passed, 0 failed, 0 skipped', code: 1 });
  });
});
