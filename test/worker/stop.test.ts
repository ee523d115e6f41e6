import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./endless.ts', import.meta.url));
const NEVER = 2_000_000_000;

/** Sends a signal at each of the events, in turn; @returns how the process ended, what it told people, and what its log says */
async function run(
  stopMs: number,
  withinMs: number,
  signals: readonly (readonly [event: string, signal: NodeJS.Signals])[],
  fault = '',
) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, String(stopMs), String(withinMs), fault], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  const events: string[] = [];
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    events.push(...chunk.toString().trim().split('\n'));
    for (const [event, signal] of signals) if (chunk.toString().includes(event)) child.kill(signal);
  });
  return { exitCode: await ended, said, events };
}

it('[W5] a process that stops in order ends with 0', async () => {
  expect(await run(1, NEVER, [['process.ready', 'SIGTERM']])).toEqual({
    exitCode: 0,
    said: '',
    // It says that it is ready when it is, and not when it has been made.
    events: ['works {}', 'process.ready {}', 'process.stopping {}'],
  });
});

it('[W5] a second signal ends a process that is stopping at once, with 1', async () => {
  const signals = [
    ['process.ready', 'SIGTERM'],
    ['process.stopping', 'SIGINT'],
  ] as const;
  expect(await run(NEVER, NEVER, signals)).toMatchObject({ exitCode: 1 });
});

it('[W5] [I5] a stop that does not end is cut off with 5 and a sentence', async () => {
  const ended = await run(NEVER, 100, [['process.ready', 'SIGTERM']]);
  expect(ended.exitCode).toBe(5);
  expect(ended.said).toContain('The stop did not end within 0.1 s and was cut off.');
  expect(ended.said).toContain('Nothing is lost');
});

it.each(['an exception in a timer', 'a promise that nobody waits for', 'an error of our own in a timer'])(
  '[I5] [I8] %s ends the process with 1: its log has the cause and where it was, and people read one sentence',
  async (fault) => {
    const { exitCode, said, events } = await run(1, NEVER, [], fault);
    expect(exitCode).toBe(1);
    expect(said).toMatch(/^Error \(internal\): The process stopped: it met a fault of its own\.\n/);
    expect(said).not.toContain('endless.ts');
    expect(events.slice(0, 2)).toEqual(['works {}', 'process.ready {}']);
    const [failed = '', ...more] = events.slice(2);
    expect(more).toEqual([]);
    expect(failed).toMatch(/^process\.failed /);
    expect(JSON.parse(failed.replace(/^\S+ /, ''))).toMatchObject({
      code: 'internal',
      cause: expect.stringContaining('words of a library'),
      at: expect.arrayContaining([expect.stringContaining('endless.ts')]),
    });
  },
);
