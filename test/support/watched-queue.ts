import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

interface Watched {
  readonly child: ChildProcess;
  /** Its log, line by line. */
  readonly lines: () => Record<string, unknown>[];
  /** Resolves with the first line of this event. */
  logged(event: string): Promise<Record<string, unknown>>;
}

/** A server and a worker as the built program starts them, with all that others may see of them switched on. */
export interface WatchedQueue {
  readonly url: string;
  /** The addresses of both that show metrics. */
  readonly metrics: { readonly server: string; readonly worker: string };
  readonly logs: () => Record<string, unknown>[];
  logged(event: string): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startWatchedQueue(env: Readonly<Record<string, string>>): Promise<WatchedQueue> {
  const imageDir = await mkdtemp(path.join(tmpdir(), 'pantry-watched-'));
  const id = randomBytes(4).toString('hex');
  const shared = {
    PATH: process.env.PATH ?? '',
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    QUEUE_NAME: `watched-${id}`,
    WORKFLOW_ID_PREFIX: `${id}-`,
    IMAGE_DIR: imageDir,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    METRICS_PORT: '0',
    PORT: '0',
    ...env,
  };
  const server = launch('server', shared);
  const { port } = await server.logged('http.listening');
  const worker = launch('worker', shared);
  await worker.logged('process.ready');
  const metricsOf = async (of: Watched) => `http://127.0.0.1:${(await of.logged('metrics.listening')).port}/metrics`;
  return {
    url: `http://127.0.0.1:${port}`,
    metrics: { server: await metricsOf(server), worker: await metricsOf(worker) },
    logs: () => [...server.lines(), ...worker.lines()],
    logged: (event) => Promise.any([server.logged(event), worker.logged(event)]),
    async stop() {
      await Promise.all([server, worker].map(ended));
      await rm(imageDir, { recursive: true, force: true });
    },
  };
}

function launch(role: 'server' | 'worker', env: Record<string, string>): Watched {
  const entry = fileURLToPath(new URL(`../../dist/src/${role}.js`, import.meta.url));
  const child = fork(entry, [], { execArgv: [], env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const lines: Record<string, unknown>[] = [];
  let rest = '';
  let waiting: { event: string; resolve: (line: Record<string, unknown>) => void }[] = [];
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts.filter((text) => text !== '')) {
      const line = JSON.parse(part) as Record<string, unknown>;
      lines.push(line);
      for (const { resolve } of waiting.filter(({ event }) => event === line.msg)) resolve(line);
      waiting = waiting.filter(({ event }) => event !== line.msg);
    }
  });
  return {
    child,
    lines: () => lines,
    logged(event) {
      const known = lines.find(({ msg }) => msg === event);
      if (known) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        waiting.push({ event, resolve });
        child.once('exit', (code) => reject(new Error(`the ${role} ended with ${code} before ${event}`)));
      });
    },
  };
}

async function ended({ child }: Watched): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exit;
}
