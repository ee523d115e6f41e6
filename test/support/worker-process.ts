import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch, untilReady } from '../../src/embedded/launch.ts';
import { createNodeRole } from '../../src/embedded/node-role.ts';
import type { Installation } from './installation.ts';

const WORKER = new URL('../../dist/src/worker.js', import.meta.url).pathname;

export interface WorkerProcess {
  readonly pid: number;
  /** `kill -9`, and until it has gone. */
  kill(): Promise<void>;
}

/** A worker of the queue as a process of its own, started by the routine of `up`; ready when this resolves. */
export async function startWorkerProcess(
  { settings }: Installation,
  { name, agentUrl, slots = settings.agentSlots }: { name: string; agentUrl: string; slots?: number },
): Promise<WorkerProcess> {
  const dir = await mkdtemp(path.join(tmpdir(), 'pantry-test-worker-'));
  const env = {
    DATABASE_URL: settings.databaseUrl,
    QUEUE_NAME: settings.queueName,
    WORKFLOW_ID_PREFIX: settings.workflowIdPrefix,
    TEMPORAL_ADDRESS: settings.engine.address,
    TEMPORAL_NAMESPACE: settings.engine.namespace,
    AGENT_URL: agentUrl,
    AGENT_SLOTS: String(slots),
    WORKER_NAME: name,
  };
  const spec = createNodeRole({ role: 'worker', script: WORKER, env, logFile: path.join(dir, 'worker.log') });
  const running = launch(spec);
  await untilReady(spec, running, new AbortController().signal);
  return {
    pid: running.pid,
    async kill() {
      process.kill(running.pid, 'SIGKILL');
      await running.exited;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
