// A process of ours whose stop takes as long as its first argument says, in milliseconds, and may take the second.
const { runProcess } = await import(new URL('../../dist/src/process-life.js', import.meta.url));
const [stopMs, withinMs] = process.argv.slice(2).map(Number);
const log = { info: (_fields, event) => process.stdout.write(`${event}\n`), warn() {}, error() {} };
await runProcess(log, async () => ({
  ended: new Promise(() => setInterval(() => {}, 1_000)),
  ready: Promise.resolve(),
  stop: () => new Promise((resolve) => setTimeout(resolve, stopMs)),
  stopsWithinMs: withinMs,
}));
