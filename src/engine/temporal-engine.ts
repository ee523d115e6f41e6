import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { type AppError, ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { Priority, RunArgs } from '../contract/job.ts';
import { OCR_WORKFLOW, taskQueuesOf } from '../contract/names.ts';
import type { Engine, EngineRun, Log, RunSpec } from '../ports.ts';
import { unreadableIn } from './codec/payload-codec.ts';
import { engineErrorOf } from './engine-errors.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

/** Every call ends within this; the gate comes again. */
const CALL_MS = 5_000;
/** `temporal.api.enums.v1.PendingActivityState` */
const ACTIVITY_PAUSED = [4, 5];
/** A step that has failed this often is not about to succeed by itself. */
const STUCK_AFTER_ATTEMPTS = 4;

const ATTRIBUTES = {
  tenant: defineSearchAttributeKey('PantryTenant', SearchAttributeType.KEYWORD),
  user: defineSearchAttributeKey('PantryUser', SearchAttributeType.KEYWORD),
  batch: defineSearchAttributeKey('PantryBatch', SearchAttributeType.KEYWORD),
  receipt: defineSearchAttributeKey('PantryReceipt', SearchAttributeType.INT),
};

/** Lower comes first. Who passes goes before the urgent jobs of others too: a priority counts among those of its owner. */
const PASSING_KEY = 1;
const ENGINE_KEYS: Readonly<Record<Priority, number>> = { high: 2, default: 3, low: 4 };

function attributesOf(run: RunSpec) {
  const { PantryReceipt: receipt } = run.attributes;
  return [
    { key: ATTRIBUTES.tenant, value: run.tenant },
    { key: ATTRIBUTES.user, value: String(run.userId) },
    ...(receipt === undefined ? [] : [{ key: ATTRIBUTES.receipt, value: receipt }]),
    ...(run.batchId === null ? [] : [{ key: ATTRIBUTES.batch, value: run.batchId }]),
  ];
}

type Described = Awaited<ReturnType<WorkflowHandle['describe']>>['raw'];

/**
 * A step of the workflow that fails again and again. The call of the agent is not one of them: its attempts are counted
 * in the ledger. Of what Temporal quotes only a code of our own table is believed.
 */
function stuckOf(found: Described): string | null {
  const taskAttempts = found.pendingWorkflowTask?.attempt ?? 0;
  if (taskAttempts >= STUCK_AFTER_ATTEMPTS) return `its workflow task has failed ${taskAttempts - 1} times in Temporal`;
  for (const { activityType, attempt, lastFailure } of found.pendingActivities ?? []) {
    if (activityType?.name === 'callAgent' || !activityType?.name || (attempt ?? 0) < STUCK_AFTER_ATTEMPTS) continue;
    const step = LEDGER_STEPS[activityType.name] ?? 'a step of its workflow';
    const code = lastFailure?.applicationFailureInfo?.type ?? '';
    const why = Object.hasOwn(ERRORS, code) ? ` (${code}: ${ERRORS[code as ErrorCode].title})` : '';
    return `${step} has failed ${(attempt ?? 1) - 1} times${why}`;
  }
  return null;
}

const LEDGER_STEPS: Readonly<Record<string, string>> = {
  saveResult: 'saving its result',
  updateStatus: 'writing its state',
};

/**
 * Temporal as the gate sees it.
 * @param options `searchAttributes: false` for servers that have none registered (the time-skipping test server);
 *   `explain`: finds out why no call gets through
 */
export function createTemporalEngine(
  client: Client,
  options: {
    queueName: string;
    address: string;
    searchAttributes?: boolean;
    explain?: () => Promise<AppError | undefined>;
    log?: Log;
  },
): Engine {
  const { ocr: taskQueue } = taskQueuesOf(options.queueName);
  const { namespace } = client.options;
  let namespaceId: string | undefined;

  /** @param absent what an unknown workflow means here; without it that is an error like any other */
  async function call<T>(work: () => Promise<T>, absent?: T): Promise<T> {
    try {
      return await client.connection.withDeadline(Date.now() + CALL_MS, work);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw error;
      if (absent !== undefined && error instanceof WorkflowNotFoundError && !/namespace/i.test(error.message)) {
        return absent;
      }
      throw engineErrorOf(error, { address: options.address, namespace });
    }
  }

  return {
    place: `Temporal at ${options.address}`,

    async start(run, { again }) {
      const { ledgerId, jobId, generation, runNo } = run;
      try {
        const handle = await call(() =>
          client.workflow.start(OCR_WORKFLOW, {
            workflowId: run.workflowId,
            taskQueue,
            args: [{ ledgerId, jobId, generation, runNo } satisfies RunArgs],
            workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
            workflowIdConflictPolicy: again ? 'TERMINATE_EXISTING' : 'FAIL',
            memo: { ledgerId, generation, runNo },
            priority: { priorityKey: run.passes ? PASSING_KEY : ENGINE_KEYS[run.priority] },
            staticSummary: `${run.about} of user ${run.userId}${generation > 1 ? `, generation ${generation}` : ''}`,
            ...(options.searchAttributes === false ? {} : { typedSearchAttributes: attributesOf(run) }),
          }),
        );
        return { kind: 'started', engineRunId: handle.firstExecutionRunId };
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return { kind: 'exists' };
        throw error;
      }
    },

    async describe(workflowId): Promise<EngineRun> {
      const found = await call<Awaited<ReturnType<WorkflowHandle['describe']>> | 'absent'>(
        () => client.workflow.getHandle(workflowId).describe(),
        'absent',
      );
      if (found === 'absent') return { kind: 'absent' };
      const pending = found.raw.pendingActivities ?? [];
      const { ledgerId, runNo } = found.memo ?? {};
      const hidden = found.type === OCR_WORKFLOW && found.taskQueue === taskQueue ? unreadableIn(ledgerId) : undefined;
      return {
        kind: 'known',
        open: found.status.name === 'RUNNING' || found.status.name === 'PAUSED',
        status: found.status.name.toLowerCase(),
        ledgerId: typeof ledgerId === 'string' ? ledgerId : undefined,
        runNo: typeof runNo === 'number' ? runNo : undefined,
        engineRunId: found.raw.workflowExecutionInfo?.firstRunId || found.runId,
        paused:
          found.status.name === 'PAUSED' ||
          pending.some((activity) => activity.paused === true || ACTIVITY_PAUSED.includes(activity.state ?? 0)),
        stuck: hidden ? hidden.unreadable : stuckOf(found.raw),
        unreadable: hidden && (hidden.isLost ? 'lost' : 'missing'),
      };
    },

    async cancel({ workflowId, engineRunId }) {
      const handle = client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: engineRunId });
      await call<unknown>(() => handle.cancel(), 'absent');
    },

    async ping() {
      // gRPC waits for its deadline and does not tell why: what is wrong with the line is looked at before the first call.
      const fault = namespaceId !== undefined ? undefined : await options.explain?.();
      if (fault) throw fault;
      try {
        // The namespace is looked at when nothing is known yet; after that an answer of any kind will do.
        if (namespaceId !== undefined) await call(() => client.workflowService.getSystemInfo({}));
        else {
          const found = await call(() => client.workflowService.describeNamespace({ namespace }));
          if (options.searchAttributes !== false) await ensureSearchAttributes(client, options, options.log);
          namespaceId = found.namespaceInfo?.id ?? '';
        }
        return { id: namespaceId };
      } catch (error) {
        namespaceId = undefined;
        throw error;
      }
    },
  };
}
