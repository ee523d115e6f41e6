import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const url = () => `redis://127.0.0.1:${process.env.PEERS_REDIS_PORT}/1`;
const env = () => ({
  ...process.env,
  PYTHONPATH: `${here}:${process.env.PEERS_PYTHON_PATH}`,
  PYTHONDONTWRITEBYTECODE: '1',
});

/** One process does one job at a time: that is how RQ works. */
export const processes = 10;

/** A Python process makes the calls and times them: what lies between the two processes is in no figure. */
export async function open(namespace) {
  const child = spawn('python3', [`${here}rq_client.py`, url(), namespace], {
    env: env(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (...request) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('The Python process has ended.');
    return JSON.parse(value);
  };
  return {
    time: (call, inputs) => ask('time', call, inputs),
    timeParallel: (call, inputs, callers) => ask('time_parallel', call, inputs, callers),
    batch: (jobs) => ask('time', 'batch', [jobs]),
    async close() {
      child.stdin.end();
    },
  };
}

export function startWorker(namespace) {
  const start = 'import sys; from rq.cli import main; sys.argv[0] = "rq"; main()';
  return spawn('python3', ['-c', start, 'worker', '--quiet', '--url', url(), namespace], {
    env: env(),
    stdio: 'ignore',
  });
}
