import { AppError } from '../../src/contract/errors.ts';
import { runProcess } from '../../src/process-life.ts';

/**
 * A process of ours: its stop takes as long as its first argument says, in milliseconds, and may take the second. Once it
 * is ready, it meets the fault that its third names.
 */
const [stopMs, stopsWithinMs = 0] = process.argv.slice(2, 4).map(Number);
const say = (event: string, fields = {}) => process.stdout.write(`${event} ${JSON.stringify(fields)}\n`);
const log = {
  warn() {},
  info(_fields: object, event: string) {
    say(event);
    if (event === 'process.ready') FAULTS[process.argv[4] ?? '']?.();
  },
  error: (fields: object, event: string) => say(event, fields),
};

function lost(): never {
  throw new Error('words of a library');
}
const FAULTS: Readonly<Record<string, () => void>> = {
  'an exception in a timer': () => void setTimeout(lost),
  'a promise that nobody waits for': () => void Promise.resolve().then(lost),
  'an error of our own in a timer': () =>
    void setTimeout(() => {
      throw new AppError('engine_unavailable', 'words for nobody', { cause: new Error('words of a library') });
    }),
};

// As the command does that starts a server.
process.once('uncaughtException', () => say('the command’s'));
process.once('unhandledRejection', () => say('the command’s'));

await runProcess(log, async () => ({
  ready: new Promise((resolve) => {
    setTimeout(() => {
      say('works');
      resolve();
    }, 50);
  }),
  ended: new Promise(() => setInterval(() => {}, 1_000)),
  stop: () => new Promise((resolve) => setTimeout(resolve, stopMs)),
  stopsWithinMs,
}));
