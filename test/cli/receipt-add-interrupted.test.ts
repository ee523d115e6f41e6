import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../src/contract/exit-codes.ts';
import { useHttpQueue } from '../http/support/http-queue.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { NOWHERE, runCli } from './run-cli.ts';

const http = useHttpQueue();
const SHIPPED = path.resolve(import.meta.dirname, '../../assets/receipts');
const PHOTOS = ['contoso-receipt-2.jpg', 'aldi_02032020_19_02423.jpg', 'lidl_30042020_08_01958.jpg'];

/** A line to the queue on which the first upload is answered; those after it arrive, and no answer comes. */
async function lineThatAnswersOnce() {
  let uploads = 0;
  let answersAll = false;
  const server = createServer((incoming, response) => {
    const isHeld = !answersAll && ++uploads > 1;
    const { method = 'GET', url = '/', headers } = incoming;
    const outgoing = request({ host: '127.0.0.1', port: http.current.port, method, path: url, headers }, (answer) => {
      if (isHeld) return void answer.resume();
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      return void answer.pipe(response);
    });
    outgoing.on('error', () => undefined);
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: () => Math.max(0, uploads - 1),
    answerAll() {
      answersAll = true;
    },
  };
}

/** The words after `pantry-queue` as a shell would split them. */
const wordsOf = (command: string) =>
  [...command.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

it('[H6] Ctrl-C in receipt add names the command that adds the rest, which makes no receipt twice', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pantry photos ü-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of PHOTOS) copyFileSync(path.join(SHIPPED, name), path.join(folder, name));
  const line = await lineThatAnswersOnce();
  const files = PHOTOS.map((name) => path.join(folder, name));
  const args = ['receipt', 'add', ...files, '--user-id', '7', '--url', line.url];
  const child = spawn(process.execPath, [BUILT_MAIN, ...args], {
    env: { PATH: process.env.PATH ?? '', ...NOWHERE },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let stdout = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await expect.poll(() => line.held(), { timeout: 20_000 }).toBe(1);
  expect(stdout).toMatch(/^receipt \d+: /);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toMatchObject({ code: EXIT.interrupted });
  const [, command = ''] = /Go on with: pantry-queue (.+)$/m.exec(stderr) ?? [];
  expect(wordsOf(command).slice(0, 4)).toEqual(['receipt', 'add', files[1], files[2]]);
  expect(wordsOf(command).slice(4)).toEqual(['--user-id', '7', '--url', line.url]);

  line.answerAll();
  const rest = await runCli(wordsOf(command));
  expect(rest).toMatchObject({ exitCode: EXIT.ok });
  const [row] = await http.current.db.query('select count(*)::int as receipts from public.receipts where user_id = 7');
  expect(row).toEqual({ receipts: PHOTOS.length });
});
