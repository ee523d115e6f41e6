import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freePort, freePorts } from '../support/ports.ts';

const module = path.resolve(import.meta.dirname, '../support/ports.ts');

/** What another process is given that may only have this one. */
async function givenElsewhere(port: number): Promise<string> {
  const script = `import { freePorts } from ${JSON.stringify(module)};
    console.log(await freePorts(1, () => ${port}).then(([given]) => given, () => 'none'));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    script,
  ]);
  return stdout.trim();
}

it('a port that was given to one test run is given to no other, although nobody listens there yet', async () => {
  const port = await freePort();
  expect(await givenElsewhere(port)).toBe('none');
  await expect(freePorts(1, () => port)).rejects.toThrow('No 1 free ports');
});

it('a port of nobody is given', async () => {
  // Next to one that is free; where somebody has it, the one after that.
  const port = await freePort();
  const others = Array.from({ length: 20 }, (_, n) => port + n + 1);
  const given: string[] = [];
  for (const other of others) {
    given.push(await givenElsewhere(other));
    if (given.at(-1) !== 'none') break;
  }
  expect(others.map(String)).toContain(given.at(-1));
});
