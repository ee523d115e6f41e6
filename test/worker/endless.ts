import { runProcess } from '../../src/process-life.ts';

/** A process of ours: its stop takes as long as its first argument says, in milliseconds, and may take the second. */
const [stopMs, stopsWithinMs = 0] = process.argv.slice(2).map(Number);
const log = { info: (_fields: unknown, event: string) => process.stdout.write(`${event}\n`), warn() {}, error() {} };

await runProcess(log, async () => ({
  ready: new Promise((resolve) => {
    setTimeout(() => {
      process.stdout.write('works\n');
      resolve();
    }, 50);
  }),
  ended: new Promise(() => setInterval(() => {}, 1_000)),
  stop: () => new Promise((resolve) => setTimeout(resolve, stopMs)),
  stopsWithinMs,
}));
