import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { AppError } from '../contract/errors.ts';
import { PRIORITY_KEYS } from '../contract/job.ts';
import { OCR_WORKFLOW, taskQueuesOf } from '../contract/names.ts';
import type { Engine, EngineRun, RunSpec } from '../ports.ts';

/** Every call ends within this; the gate comes again. */
const CALL_MS = 5_000;
/** `temporal.api.enums.v1.PendingActivityState` */
const ACTIVITY_PAUSED = [4, 5];

const ATTRIBUTES = {
  tenant: defineSearchAttributeKey('PantryTenant', SearchAttributeType.KEYWORD),
  user: defineSearchAttributeKey('PantryUser', SearchAttributeType.KEYWORD),
  batch: defineSearchAttributeKey('PantryBatch', SearchAttributeType.KEYWORD),
  receipt: defineSearchAttributeKey('PantryReceipt', SearchAttributeType.INT),
};

function attributesOf(run: RunSpec) {
  return [
    { key: ATTRIBUTES.tenant, value: run.tenant },
    { key: ATTRIBUTES.user, value: String(run.userId) },
    { key: ATTRIBUTES.receipt, value: run.receiptId },
    ...(run.batchId === null ? [] : [{ key: ATTRIBUTES.batch, value: run.batchId }]),
  ];
}

/**
 * Temporal as the gate sees it.
 * @param options `searchAttributes: false` for servers that have none registered (the time-skipping test server)
 */
export function createTemporalEngine(
  client: Client,
  options: { queueName: string; address: string; searchAttributes?: boolean },
): Engine {
  const { ocr: taskQueue } = taskQueuesOf(options.queueName);

  async function call<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await client.connection.withDeadline(Date.now() + CALL_MS, work);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError || error instanceof WorkflowNotFoundError) throw error;
      throw new AppError('engine_unavailable', `Temporal at ${options.address} does not answer.`, {
        retryAfterS: 5,
        cause: error,
      });
    }
  }

  return {
    async start(run, { again }) {
      const { ledgerId, jobId, generation, runNo, receiptId } = run;
      try {
        const handle = await call(() =>
          client.workflow.start(OCR_WORKFLOW, {
            workflowId: run.workflowId,
            taskQueue,
            args: [{ ledgerId, jobId, generation, runNo, receiptId }],
            workflowIdReusePolicy: again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
            workflowIdConflictPolicy: again ? 'TERMINATE_EXISTING' : 'FAIL',
            memo: { ledgerId, generation, runNo },
            priority: { priorityKey: PRIORITY_KEYS[run.priority] },
            staticSummary: `receipt ${receiptId} of user ${run.userId}${generation > 1 ? `, generation ${generation}` : ''}`,
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
      try {
        const found = await call(() => client.workflow.getHandle(workflowId).describe());
        const pending = found.raw.pendingActivities ?? [];
        const { ledgerId, runNo } = found.memo ?? {};
        return {
          kind: 'known',
          open: found.status.name === 'RUNNING' || found.status.name === 'PAUSED',
          status: found.status.name.toLowerCase(),
          ledgerId: typeof ledgerId === 'string' ? ledgerId : undefined,
          runNo: typeof runNo === 'number' ? runNo : undefined,
          engineRunId: found.runId,
          paused: pending.some((activity) => activity.paused === true || ACTIVITY_PAUSED.includes(activity.state ?? 0)),
        };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { kind: 'absent' };
        throw error;
      }
    },

    async cancel(workflowId) {
      try {
        await call(() => client.workflow.getHandle(workflowId).cancel());
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },

    async ping() {
      await call(() => client.workflowService.getSystemInfo({}));
    },
  };
}
