import { fileURLToPath } from 'node:url';
import { isGrpcDeadlineError } from '@temporalio/client';
import { IllegalStateError } from '@temporalio/common';
import {
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  TransportError,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { taskQueuesOf } from '../contract/names.ts';
import type { PayloadKeys } from '../contract/payload-keys.ts';
import { CALL_AGENT } from '../contract/policies.ts';
import { partsOf, type WorkerPart, type WorkerRole } from '../contract/worker-role.ts';
import type { Log } from '../ports.ts';
import { createPayloadCodec } from './codec/payload-codec.ts';
import type { EngineClient, EngineConfig } from './connection.ts';
import { engineErrorOf } from './engine-errors.ts';
import { explainLine } from './secure-line.ts';

export interface EngineWorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Absent: what Temporal stores is in clear. */
  readonly payloadKeys?: PayloadKeys | undefined;
  readonly queueName: string;
  readonly identity: string;
  readonly activities: object;
  readonly role: WorkerRole;
  /** Undefined: Temporal does not tell versions of workers apart. */
  readonly build: { readonly deployment: string; readonly id: string } | undefined;
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
  /** Resolves after `shutdown`; rejects when one of them cannot go on, after the others have stopped. */
  run(): Promise<void>;
  shutdown(): void;
}

/** What each half of a worker is for Temporal. */
const HALVES: Readonly<Record<WorkerPart, (options: EngineWorkersOptions) => Omit<WorkerOptions, 'connection'>>> = {
  workflow: ({ queueName, workflows }) => ({
    taskQueue: taskQueuesOf(queueName).ocr,
    ...('bundlePath' in workflows
      ? { workflowBundle: { codePath: workflows.bundlePath } }
      : { workflowsPath: workflows.workflowsPath }),
    maxConcurrentWorkflowTaskExecutions: 40,
    maxConcurrentLocalActivityExecutions: 40,
    maxConcurrentActivityTaskExecutions: 40,
    workflowTaskPollerBehavior: POLLS,
    maxCachedWorkflows: 500,
  }),
  agent: ({ queueName, agentSlots }) => ({
    taskQueue: taskQueuesOf(queueName).agent,
    maxConcurrentActivityTaskExecutions: agentSlots,
    activityTaskPollerBehavior: POLLS,
    maxHeartbeatThrottleInterval: CALL_AGENT.maxHeartbeatThrottleMs,
  }),
};

/** A worker of Temporal's for each half: one runs workflows and the short ledger steps, one only calls the agent. */
export async function createEngineWorkers(options: EngineWorkersOptions): Promise<EngineWorkers> {
  const { connection, namespace, identity, activities, build, payloadKeys } = options;
  const shared = {
    connection,
    namespace,
    identity,
    activities,
    shutdownGraceTime: options.shutdownGraceMs,
    dataConverter: dataConverterOf(payloadKeys),
    ...(build && { workerDeploymentOptions: deploymentOf(build) }),
  };
  const workers: Worker[] = [];
  for (const part of partsOf(options.role)) {
    workers.push(await Worker.create({ ...shared, ...HALVES[part](options) }));
  }
  const shutdown = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    async run() {
      const ends = await Promise.allSettled(workers.map((worker) => runToItsEnd(worker).finally(shutdown)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
    shutdown,
  };
}

/** The SDK loads a failure converter by its path alone, and keeps messages of failures in clear without one. */
function dataConverterOf(keys: PayloadKeys | undefined) {
  return {
    payloadCodecs: [createPayloadCodec(keys)],
    ...(keys?.current && {
      failureConverterPath: fileURLToPath(new URL('./codec/failure-converter.cjs', import.meta.url)),
    }),
  };
}

/**
 * A run goes on with whichever build is current. One pinned to its build would wait in vain for a worker that has gone;
 * that later builds can go on with it is what the recorded histories prove (docs/adr/0018).
 */
function deploymentOf({ deployment, id }: { readonly deployment: string; readonly id: string }) {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: deployment, buildId: id },
    defaultVersioningBehavior: 'AUTO_UPGRADE',
  } as const;
}

/** How often it is looked whether a worker has failed, and how long it may take to end after that. */
const FAILURE = { lookMs: 1_000, endMs: 5_000 } as const;

/**
 * Runs a worker. When Temporal refuses its polls for a minute, the SDK gives one of them up, asks for no others any more,
 * and waits for ever until its core has handed those out.
 * @throws what ended the worker; TransportError when it has failed and does not end
 */
async function runToItsEnd(worker: Worker): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      if (worker.getState() !== 'FAILED') return;
      clearInterval(timer);
      timer = setTimeout(() => reject(new TransportError('A worker has failed and does not end.')), FAILURE.endMs);
    }, FAILURE.lookMs);
  });
  try {
    await Promise.race([worker.run(), hangs]);
  } finally {
    clearTimeout(timer);
  }
}

/** A key in a file is looked at so often. */
const KEY_MS = 10_000;

/** The line of the workers of this process. */
export interface WorkerLine {
  readonly connection: NativeConnection;
  close(): Promise<void>;
}

/**
 * The workers' connection; it must be there before a worker can be made. Not in `connection.ts`: a process without workers
 * would load the worker library, a sixth of a server's start.
 * @throws what the library met, or AppError engine_misconfigured where it is known why no line comes about
 */
export async function connectWorkers(config: EngineConfig): Promise<WorkerLine> {
  const { connectionOptions, currentKey } = config;
  let key = currentKey?.();
  const options = key === undefined ? connectionOptions : { ...connectionOptions, apiKey: key };
  const connection = await NativeConnection.connect(options).catch(async (error: unknown) => {
    throw (await explainLine(config)) ?? error;
  });
  const renewal =
    currentKey &&
    setInterval(() => {
      if (currentKey() === key) return;
      key = currentKey();
      void connection.setApiKey(key);
    }, KEY_MS);
  return {
    connection,
    async close() {
      clearInterval(renewal);
      await closeConnection(connection);
    },
  };
}

/** Ends a connection, unless a worker that has failed and does not end still holds it. */
async function closeConnection(connection: NativeConnection): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

/** A poll that gets no task within this time was let through. Temporal refuses polls that would wait less than 2 s. */
const POLL_MS = 5_000;

/**
 * Whether Temporal lets this program poll, found out without a worker: one that is refused cannot always be ended.
 * @throws AppError engine_misconfigured or engine_unavailable
 */
export async function requirePolls(
  client: EngineClient,
  at: { address: string; namespace: string },
  queueName: string,
): Promise<void> {
  const taskQueue = { name: `${taskQueuesOf(queueName).agent}-probe` };
  try {
    await client.connection.withDeadline(Date.now() + POLL_MS, () =>
      client.workflowService.pollActivityTaskQueue({ namespace: at.namespace, taskQueue, identity: 'probe' }),
    );
  } catch (error) {
    if (isGrpcDeadlineError(error)) return;
    throw engineErrorOf(error, at);
  }
}

/**
 * Once a process, before the first worker: the SDK's own log goes where ours goes, and signals stay ours.
 * @param metricsAt host and port at which the SDK's metrics are served; undefined: nowhere
 */
export function installRuntime(log: Log, metricsAt?: string): void {
  Runtime.install({
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metricsAt === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: metricsAt, useSecondsForDurations: true } } }),
    },
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
