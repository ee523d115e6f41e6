import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Kept {
  readonly cases: number;
  /** Of each case. */
  readonly calls: number;
  /** Objects in memory after a collection, by their kind. */
  readonly kept: Readonly<Record<string, number>>;
}

const program = fileURLToPath(new URL('support/kept-after.ts', import.meta.url));

function measure(): Promise<Kept> {
  return new Promise((resolve, reject) => {
    let errors = '';
    const child = fork(program, [], { execArgv: ['--expose-gc', '--import', 'tsx'], silent: true });
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('message', (message) => resolve(message as Kept));
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${errors}`)));
  });
}

describe('after thousands of calls', () => {
  it('[I11] nothing of any of them is kept, in server, tools and clients alike', async () => {
    const { cases, calls, kept } = await measure();
    expect(cases).toBeGreaterThanOrEqual(11);
    // A connection or a timer may still hold the last few; a leak in any of the cases is as many as its calls.
    const leaks = Object.entries(kept).filter(([, count]) => count > calls / 5);
    expect(leaks).toEqual([]);
  });
});
