import {
  makeTelemetryFilterString,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { taskQueuesOf } from '../contract/names.ts';
import { CALL_AGENT } from '../contract/policies.ts';
import type { Log } from '../ports.ts';

export interface EngineWorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queueName: string;
  readonly identity: string;
  readonly activities: object;
  /** Calls of the agent at once. */
  readonly agentSlots: number;
  /** The prebuilt bundle, or the workflows' source where there is none (tests). */
  readonly workflows: { readonly bundlePath: string } | { readonly workflowsPath: string };
  /** How long a stop waits for running calls before they are handed back. */
  readonly shutdownGraceMs: number;
}

/**
 * Open polls follow the load. Each is a place where the engine may put one more task into a process that is frozen and
 * still connected, where it stays until a heartbeat or a workflow task times out: an idle worker holds few.
 */
const POLLS = { type: 'autoscaling', minimum: 1, initial: 1, maximum: 10 } as const;

export interface EngineWorkers {
  /** Resolves after `shutdown`; rejects when one of them cannot go on, after the other has stopped. */
  run(): Promise<void>;
  shutdown(): void;
}

/** Two workers in one process: one runs workflows and the short ledger steps, one only calls the agent. */
export async function createEngineWorkers(options: EngineWorkersOptions): Promise<EngineWorkers> {
  const { connection, namespace, identity } = options;
  const queues = taskQueuesOf(options.queueName);
  const shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'identity' | 'activities' | 'shutdownGraceTime'> = {
    connection,
    namespace,
    identity,
    activities: options.activities,
    shutdownGraceTime: options.shutdownGraceMs,
  };
  const ocr = await Worker.create({
    ...shared,
    taskQueue: queues.ocr,
    ...('bundlePath' in options.workflows
      ? { workflowBundle: { codePath: options.workflows.bundlePath } }
      : { workflowsPath: options.workflows.workflowsPath }),
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentLocalActivityExecutions: 40,
    maxConcurrentActivityTaskExecutions: 40,
    workflowTaskPollerBehavior: POLLS,
    maxCachedWorkflows: 500,
  });
  const agent = await Worker.create({
    ...shared,
    taskQueue: queues.agent,
    maxConcurrentActivityTaskExecutions: options.agentSlots,
    activityTaskPollerBehavior: POLLS,
    maxHeartbeatThrottleInterval: CALL_AGENT.maxHeartbeatThrottleMs,
  });
  const workers = [ocr, agent];
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    async run() {
      const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(shutdown)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    shutdown,
  };
}

/** Once a process, before the first worker: the SDK's own log goes where ours goes, and signals stay ours. */
export function installRuntime(log: Log): void {
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    logger: {
      log: () => {},
      trace: () => {},
      debug: () => {},
      info: () => {},
      warn: (message) => log.warn({ message: message.slice(0, 200) }, 'temporal.sdk'),
      error: (message) => log.error({ message: message.slice(0, 200) }, 'temporal.sdk'),
    },
  });
}
