import type { Log } from '../../src/ports.ts';

/** Events that only a fault of our own code makes, whatever their fields. */
const FAULTS: ReadonlySet<string> = new Set(['http.failed', 'mcp.tool_broke', 'mcp.request_broke']);

const faults: string[] = [];
const meant: RegExp[] = [];

/** This test file causes such faults on purpose. @param fault `event: cause`, as the failing test would show it */
export function expectFault(fault: RegExp): void {
  meant.push(fault);
}

/** Remembers a line that tells of a fault of our own. */
export function noteLine(fields: Readonly<Record<string, unknown>>, event: string): void {
  if (process.env.TEST_LOG) process.stderr.write(`${event} ${JSON.stringify(fields)}\n`);
  if (fields.code !== 'internal' && !FAULTS.has(event)) return;
  const fault = `${event}: ${fields.cause ?? JSON.stringify(fields)}`;
  if (!meant.some((expected) => expected.test(fault))) faults.push(fault);
}

/** The log of everything that a test runs: an `internal` in it fails the test, unless that says so by `expectFault` or looks at it by `takeFaults`. */
export const testLog: Log = { info: noteLine, warn: noteLine, error: noteLine };

/** The faults that were logged since the last call: a test that means to cause some looks at them. */
export function takeFaults(): string[] {
  return faults.splice(0);
}

/** For those whose log is of no interest. */
export const silent: Log = { info() {}, warn() {}, error() {} };
