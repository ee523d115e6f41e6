import type { Client } from '@temporalio/client';
import { type AppError, isAppError } from '../contract/errors.ts';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';
import type { EngineConfig } from './connection.ts';
import { ATTRIBUTE_NAMES, attributesMissing, engineErrorOf } from './engine-errors.ts';
import { attributeTypes, missingByQuery } from './search-attributes.ts';
import { explainLine } from './secure-line.ts';

const CALL_MS = 5_000;
/** `temporal.api.enums.v1.TaskQueueType` */
const TASK_QUEUE_TYPES = { workflow: 1, activity: 2 } as const;

/** The poll that tells the time is answered by nobody, and given up after this. */
const CLOCK_MS = 5_000;
const CLOCK_LOOKS = 20;
const CLOCK_PAUSE_MS = 100;

/** Looks at a Temporal, and changes nothing there. Every call throws AppError engine_unavailable or engine_misconfigured. */
export interface EngineLook {
  serverVersion(): Promise<string>;
  namespace(): Promise<{ readonly retentionDays: number }>;
  searchAttributes(): Promise<{ readonly missing: AppError | undefined; readonly mistyped: readonly string[] }>;
  pollers(
    name: string,
    type: keyof typeof TASK_QUEUE_TYPES,
  ): Promise<{ readonly name: string; readonly pollers: readonly string[] }>;
  /**
   * By its own clock: when it saw a poll of ours come in.
   * @returns undefined where it does not say
   */
  time(taskQueue: string, signal: AbortSignal): Promise<{ readonly theirs: number; readonly ours: number } | undefined>;
}

/** @param config the one that the client was made of */
export function lookAtEngine(client: Client, config: EngineConfig): EngineLook {
  const { address, namespace } = config;
  const { workflowService, operatorService } = client.connection;
  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await client.connection.withDeadline(Date.now() + CALL_MS, work);
    } catch (error) {
      throw engineErrorOf(error, { address, namespace });
    }
  }

  return {
    async serverVersion() {
      // gRPC waits for its deadline and does not tell why: what is wrong with the line is looked at first.
      const fault = await explainLine(config);
      if (fault) throw fault;
      const { serverVersion } = await call(() => workflowService.getSystemInfo({}));
      return serverVersion || 'of an unknown version';
    },

    async namespace() {
      const { config: its } = await call(() => workflowService.describeNamespace({ namespace }));
      return { retentionDays: Math.round(Number(its?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400) };
    },

    async searchAttributes() {
      try {
        const { customAttributes } = await call(() => operatorService.listSearchAttributes({ namespace }));
        const there = customAttributes ?? {};
        const missing = ATTRIBUTE_NAMES.filter((name) => !Object.hasOwn(there, name));
        const mistyped = ATTRIBUTE_NAMES.filter(
          (name) => !missing.includes(name) && there[name] !== attributeTypes[SEARCH_ATTRIBUTES[name]],
        );
        return { missing: missing.length === 0 ? undefined : attributesMissing(namespace, missing), mistyped };
      } catch (error) {
        if (!isAppError(error) || error.code === 'engine_unavailable') throw error;
        // Closed to this program, as in Temporal Cloud: a query for each tells as well.
        const missing = await call(() => missingByQuery(client, (work) => work()));
        return { missing: missing.length === 0 ? undefined : attributesMissing(namespace, missing), mistyped: [] };
      }
    },

    async pollers(name, type) {
      const asked = { namespace, taskQueue: { name }, taskQueueType: TASK_QUEUE_TYPES[type] };
      const found = await call(() => workflowService.describeTaskQueue(asked));
      return { name, pollers: (found.pollers ?? []).map(({ identity }) => identity ?? '').sort() };
    },

    async time(name, signal) {
      const identity = `pantry-queue doctor ${process.pid}`;
      const taskQueue = { name };
      const polling = new AbortController();
      const poll = () => workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity });
      const ours = Date.now();
      const polled = client.connection
        .withAbortSignal(polling.signal, () => client.connection.withDeadline(Date.now() + CLOCK_MS, poll))
        .catch(() => undefined);
      try {
        for (let looks = 0; looks < CLOCK_LOOKS && !signal.aborted; looks++) {
          const asked = { namespace, taskQueue, taskQueueType: TASK_QUEUE_TYPES.workflow };
          const { pollers } = await call(() => workflowService.describeTaskQueue(asked));
          const at = pollers?.find((each) => each.identity === identity)?.lastAccessTime;
          if (at) return { theirs: Number(at.seconds ?? 0) * 1_000 + (at.nanos ?? 0) / 1e6, ours };
          await new Promise((resolve) => setTimeout(resolve, CLOCK_PAUSE_MS));
        }
        return undefined;
      } finally {
        polling.abort();
        await polled;
      }
    },
  };
}
