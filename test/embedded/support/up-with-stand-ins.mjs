// The built `pantry-queue up` with the real PostgreSQL and Temporal, and stand-ins for our own programs.
import { fileURLToPath } from 'node:url';
import { createEmbeddedQueue } from '../../../dist/src/embedded/embedded-queue.js';
import { runInForeground } from '../../../dist/src/embedded/foreground.js';

const [dataDir = '', port = '0'] = process.argv.slice(2);
const file = (name) => fileURLToPath(new URL(`./fake-${name}.mjs`, import.meta.url));
const say = (line) => process.stderr.write(`${line}\n`);

try {
  const queue = createEmbeddedQueue({
    dataDir,
    port: Number(port),
    host: '127.0.0.1',
    auth: process.env.AUTH ?? 'open',
    makeKey: async () => 'pq_of_this_start',
    agentUrl: process.env.AGENT_URL,
    agentLanes: 1,
    programs: { agent: file('agent'), worker: file('worker'), server: file('server') },
    say,
  });
  await runInForeground(queue, say, async (running, stop) => {
    process.stdout.write(`${JSON.stringify(running)}\n`);
    return new Promise((resolve) => {
      stop.addEventListener('abort', () => resolve(), { once: true });
    });
  });
} catch (error) {
  say(
    error instanceof Error ? `${error.message}\n${'hint' in error ? String(error.hint) : error.stack}` : String(error),
  );
  process.exitCode = 1;
}
