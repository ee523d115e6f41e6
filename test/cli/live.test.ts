import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/contract/exit-codes.ts';
import { aFinishedJob, aJob } from '../mcp/support/fake-queue.ts';
import { type QueueServer, serveQueueOnSocket } from '../mcp/support/queue-server.ts';
import { BUILT_MAIN } from '../support/run-built.ts';
import { NOWHERE, runCli } from './run-cli.ts';

let queue: QueueServer;
beforeEach(async () => {
  queue = await serveQueueOnSocket();
});
afterEach(() => queue.close());

/** Of util-linux: it gives what it runs a pseudo-terminal. */
const SCRIPT = '/usr/bin/script';
const ESC = '\u001b';

interface Shown {
  readonly text: string;
  readonly exitCode: number | null;
}

/** Runs it on a pseudo-terminal; `until` ends it by Ctrl-C once that is shown. */
function onTerminal(
  args: readonly string[],
  options: { until?: string; columns?: number; env?: Record<string, string> } = {},
): Promise<Shown> {
  const { until, columns = 80, env = {} } = options;
  const command = `stty cols ${columns} rows 24; exec ${[process.execPath, BUILT_MAIN, ...args].join(' ')}`;
  return new Promise((resolve) => {
    const child = spawn(SCRIPT, ['-qefc', command, '/dev/null'], {
      env: { PATH: process.env.PATH ?? '', TERM: 'xterm', SHELL: '/bin/sh', ...NOWHERE, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let text = '';
    let isEnding = false;
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (until === undefined || isEnding || !text.includes(until)) return;
      isEnding = true;
      child.stdin.write('\u0003');
    });
    child.once('close', (exitCode) => resolve({ text, exitCode }));
  });
}

const hasScript = existsSync(SCRIPT) && process.platform === 'linux';

describe.skipIf(!hasScript)('[H6] on a terminal', () => {
  it('a job that is watched is one line that is written over, and Ctrl-C names the command that goes on', async () => {
    queue.put(aJob());
    const { text, exitCode } = await onTerminal(['job', 'watch', 'ocr-17', '--url', queue.url], {
      until: 'ocr-17: queued',
    });
    expect(exitCode).toBe(EXIT.interrupted);
    expect(text).toContain(`\r${ESC}[2K`);
    expect(text).toContain('Go on with: pantry-queue job watch ocr-17');
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('with %j it is plain lines, without one escape', async (env) => {
    queue.put(aFinishedJob('Shop', ['Milk']));
    const { text, exitCode } = await onTerminal(['job', 'watch', 'ocr-17', '--url', queue.url], { env });
    expect(exitCode).toBe(EXIT.ok);
    expect(text).toContain('merchant: Shop');
    expect(text).not.toContain(ESC);
  });

  it.each([80, 120])(
    'queue top is a page of its own at %i columns, goes on, and gives the screen back',
    async (columns) => {
      const { text, exitCode } = await onTerminal(['queue', 'top', '--every', '1', '--url', queue.url], {
        until: 'Ctrl-C ends.',
        columns,
      });
      expect(exitCode).toBe(EXIT.ok);
      expect(text).toContain(`${ESC}[?1049h`);
      expect(text.trimEnd().endsWith(`${ESC}[?1049l`)).toBe(true);
      expect(text).toContain('ledger ok');
    },
  );

  it('queue top goes on while the queue is away', async () => {
    await queue.close();
    const { text, exitCode } = await onTerminal(['queue', 'top', '--every', '1', '--url', queue.url], {
      until: 'cannot be reached',
    });
    expect(exitCode).toBe(EXIT.ok);
    expect(text).toContain('Asking again');
    queue = await serveQueueOnSocket();
  });
});

describe('[H6] in a pipe', () => {
  it('queue top prints a line, or an object with --json, and no escape', async () => {
    const line = await runCli(['queue', 'top', '--once', '--url', queue.url]);
    expect(line).toMatchObject({
      exitCode: EXIT.ok,
      stdout: expect.stringMatching(/^\d\d:\d\d:\d\d · queued \d+, started .*\n$/),
    });
    expect(line.stdout).not.toContain(ESC);
    const json = await runCli(['queue', 'top', '--once', '--json', '--url', queue.url]);
    expect(JSON.parse(json.stdout)).toHaveProperty('queued_jobs');
  });

  it('queue top takes whole seconds from 1 to 3600 alone', async () => {
    for (const every of ['0', '3601', '-1', 'x'])
      expect((await runCli(['queue', 'top', '--every', every, '--url', queue.url])).exitCode, every).toBe(EXIT.usage);
  });
});
