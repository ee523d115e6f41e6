import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { toAppError } from '../../src/contract/errors.ts';

const event = {
  id: 'c1',
  type: 'failed',
  job_id: 'ocr-17',
  receipt_id: 17,
  user_id: 7,
  batch_id: null,
  state: 'failed',
  attempt: 1,
  at: '2026-11-27T09:00:00.000Z',
  sequence: 41,
  data: { code: 'agent_timeout' },
};
const caughtUp = { type: 'caught_up', id: 'c2' };
const resync = { type: 'resync', id: 'c3', reason: 'cursor_expired' };

/** A queue that tells these messages and leaves the connection open. */
async function queueThatTells(...messages: readonly { readonly id: string }[]) {
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const message of messages) response.write(`id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** The command in this process, with what it writes. */
function run(...args: readonly string[]) {
  const written = { out: '', err: '' };
  const note = (to: 'out' | 'err') => (text: unknown) => {
    written[to] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(note('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(note('err')),
  ];
  const words = ['queue', 'events', ...args];
  const ended = createProgram('0.0.0', words)
    .parseAsync(words, { from: 'user' })
    .then(() => process.exitCode)
    .finally(() => {
      process.exitCode = undefined;
      for (const spy of spies) spy.mockRestore();
    });
  return { written, ended };
}

it('[H6] queue events prints what has happened behind an id, and ends at the present', async () => {
  const queue = await queueThatTells(event, caughtUp);
  const { written, ended } = run(
    '--after',
    'c0',
    '--types',
    'failed',
    'finished',
    '--job-id',
    'ocr-17',
    '--url',
    queue.url,
  );
  expect(await ended).toBe(0);
  expect(written.out).toBe(
    '2026-11-27 09:00  ocr-17  failed (agent_timeout)  It ended without a reading.\nThat is all up to now.\n',
  );
  expect(written.err).toContain('queue events --follow --after c2');
  expect(queue.asked).toEqual(['/events?after=c0&job_id=ocr-17&types=failed&types=finished']);
});

it('[H6] queue events --follow --json prints an object a line, until Ctrl-C, and then how to go on', async () => {
  const queue = await queueThatTells(event, caughtUp, resync);
  const { written, ended } = run('--follow', '--json', '--url', queue.url);
  await vi.waitUntil(() => written.out.split('\n').length === 4, { timeout: 10_000 });
  expect(
    written.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([event, caughtUp, resync]);
  process.listeners('SIGINT').at(-1)?.('SIGINT');
  expect(await ended).toBe(130);
  expect(written.err).toContain(`queue events --follow --after c3 --url ${queue.url}`);
});

it('[H6] queue events without --follow and --after says which of them it needs', async () => {
  const queue = await queueThatTells();
  const error = await run('--url', queue.url).ended.catch(toAppError);
  expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('--follow') });
  expect(queue.asked).toEqual([]);
});
