import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUILT_MAIN } from '../support/run-built.ts';
import { NOWHERE, runCli } from './run-cli.ts';

/** Answers every call as another program does. */
const stranger = createServer((_, response) => response.end('{"hello":"world"}'));
let url = '';
let folder = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  folder = mkdtempSync(path.join(tmpdir(), 'pantry-odd-'));
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
});
afterAll(() => {
  stranger.close();
  rmSync(folder, { recursive: true });
});

it.each(['ftp://127.0.0.1', 'file:///etc/passwd', 'localhost:8000', 'nonsense', 'http://me:hunter2@127.0.0.1:1'])(
  '[S6] an address that is none of a queue is a mistake of use, and is not repeated: %s',
  async (address) => {
    for (const args of [['--url', address], []]) {
      const { exitCode, stdout, stderr } = await runCli(['queue', 'info', '--json', ...args], {
        PANTRY_QUEUE_URL: address,
      });
      expect(exitCode).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({ code: 'invalid_argument', errors: [{ pointer: '/url' }] });
      expect(stdout + stderr).not.toContain('hunter2');
    }
  },
);

it('[I8] what answers and is no queue is told by what it is, and is no fault of ours', async () => {
  const { exitCode, stderr } = await runCli(['queue', 'info', '--url', url]);
  expect(exitCode).toBe(5);
  expect(stderr).toContain(`What answers at ${url} is no pantry-queue`);
});

it.each([
  ['', 'is a folder: name the files in it'],
  ['pipe', 'is no file that can be read twice'],
  ['none.jpg', 'cannot be read'],
])('[I8] a path that is no file is refused by name before anything is sent: "%s"', async (name, why) => {
  const file = path.join(folder, name);
  const { exitCode, stderr } = await runCli(['receipt', 'add', file, '--url', url]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(`${file} ${why}.`) });
});

it('[I8] an answer that cannot be written is not lost in silence', async () => {
  const shell = spawn('sh', ['-c', `exec "$0" "$1" --version > /dev/full`, process.execPath, BUILT_MAIN], {
    env: { PATH: process.env.PATH, ...NOWHERE },
  });
  let stderr = '';
  shell.stderr.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => shell.once('close', resolve));
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('The answer could not be written') });
});
