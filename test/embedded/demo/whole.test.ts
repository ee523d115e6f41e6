import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUp, newDataDir, processesOf } from '../support/running-up.ts';

// The compiled program, as `npm run demo` runs it; `npm test` has built it.
const program = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));

/** What a person reads on the shipped photos. */
const truth = ['Aldi · 2020-03-02 · total 24.23 EUR', 'Contoso · 2019-06-10 · total 2516.28 USD'].concat([
  'dm · 2020-05-18 · total 3.55 EUR',
  'Lidl · 2020-04-30 · total 19.58 EUR',
  'real · 2020-03-23 · total 16.62 EUR',
]);

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const demo = (dataDir: string) => spawn(process.execPath, [program, 'demo', '--data-dir', dataDir]);

let dataDir = '';
beforeAll(() => {
  dataDir = newDataDir();
});
afterAll(() => cleanUp(dataDir));

describe.skipIf(process.platform !== 'linux')('the whole demo', () => {
  it('reads every shipped receipt rightly in under a minute, and leaves no process', async () => {
    const begunAt = Date.now();
    const { code, stdout, stderr } = await run(demo(dataDir));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    for (const line of truth) expect(stdout).toContain(`  ${line}\n`);
    expect(stdout).toContain('5 of 5 receipts read');
    expect(stdout).toContain(`"mcp","--data-dir","${dataDir}"`);
    expect(stderr).toContain(`Everything of this demo is in ${dataDir}\n`);
    expect(stderr).toMatch(/^ocr-\d+ contoso-receipt-2\.jpg: finished: Contoso 2516\.28 USD$/m);
    expect(Date.now() - begunAt).toBeLessThan(60_000);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it('can be run again on the same folder, and says that it was used', async () => {
    const { code, stdout, stderr } = await run(demo(dataDir));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('It has been used before');
    expect(stdout).toContain('(receipt 6, job ocr-6)');
    expect(stdout).toContain('5 of 5 receipts read');
  });

  it('is stopped by a signal in the middle of its work, and exits non-zero', async () => {
    const child = demo(dataDir);
    const ended = run(child);
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('started/agent')) child.kill('SIGTERM');
    });
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Stopping: what runs is finished or handed back.');
    expect(processesOf(dataDir)).toEqual([]);
  });
});
