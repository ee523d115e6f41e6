import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { RunArgs, RunOutcome } from '../src/contract/job.ts';
import { agentQueueBeside } from '../src/contract/names.ts';
import { CALL_AGENT, LEDGER_STEP } from '../src/contract/policies.ts';

/** Short writes to the ledger: local, so that a healthy job's history stays small. */
const local = proxyLocalActivities<Activities>({
  startToCloseTimeout: LEDGER_STEP.local.startToCloseMs,
  scheduleToCloseTimeout: LEDGER_STEP.local.scheduleToCloseMs,
  retry: { maximumAttempts: LEDGER_STEP.local.tries, initialInterval: 200 },
});

/** The same writes when the ledger is away: seen in Temporal as an activity that waits, and patient. */
const patient = proxyActivities<Activities>({
  startToCloseTimeout: LEDGER_STEP.normal.startToCloseMs,
  retry: { initialInterval: LEDGER_STEP.normal.firstRetryMs, maximumInterval: LEDGER_STEP.normal.maxRetryMs },
  allowEagerDispatch: false,
});

/** The database refuses the write for good; the step has ended the job. */
function isFinal(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type === 'result_not_storable';
}

async function ledgerStep<T>(
  step: (activities: Pick<Activities, 'updateStatus' | 'saveResult'>) => Promise<T>,
): Promise<T> {
  try {
    return await step(local);
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error;
    return step(patient);
  }
}

/**
 * One run of one generation: processing → the agent's reading → saved. What it may write is decided by the ledger,
 * which fences every step by generation and run; a run that is not current ends quietly.
 */
export async function ocrReceipt(args: RunArgs): Promise<RunOutcome> {
  refuseStartByHand(args);
  const { workflowId, taskQueue } = workflowInfo();

  try {
    const begun = await ledgerStep((step) => step.updateStatus({ ...args, status: 'processing' }));
    if (!begun.current) return { outcome: 'not_current', reason: begun.reason };

    if (begun.details !== undefined) setCurrentDetails(begun.details);

    const { callAgent } = proxyActivities<Activities>({
      taskQueue: agentQueueBeside(taskQueue),
      summary: `the agent is called for ${args.jobId}`,
      startToCloseTimeout: begun.attemptTimeoutMs + CALL_AGENT.startToCloseMarginMs,
      heartbeatTimeout: CALL_AGENT.heartbeatTimeoutMs,
      // A cancel counts when the call has been aborted, not when that was asked for.
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      retry: { initialInterval: CALL_AGENT.retryIntervalMs, backoffCoefficient: 1 },
    });
    const read = await callAgent(args);
    if (read.kind === 'not_current') return { outcome: 'not_current', reason: read.reason };

    const saved = await ledgerStep((step) => step.saveResult(args));
    return saved.current ? { outcome: 'finished' } : { outcome: 'not_current', reason: saved.reason };
  } catch (error) {
    const end = isCancellation(error) ? ({ status: 'canceled' } as const) : failureOf(error, workflowId);
    await CancellationScope.nonCancellable(() => ledgerStep((step) => step.updateStatus({ ...args, ...end })));
    // Rethrown, so that Temporal shows Failed or Canceled too. Any other error makes it retry the task without end.
    throw error instanceof TemporalFailure
      ? error
      : ApplicationFailure.nonRetryable('A step gave no answer of its own.', 'terminated_by_operator');
  }
}

/**
 * A failed call arrives as an ActivityFailure around the activity's own ApplicationFailure, whose type is our code. What
 * comes without one, somebody has failed, completed or limited in Temporal.
 */
function failureOf(error: unknown, workflowId: string): { status: 'failed'; code: string; message: string } {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure && cause.type
    ? { status: 'failed', code: cause.type, message: cause.message }
    : {
        status: 'failed',
        code: 'terminated_by_operator',
        message: `A step of workflow ${workflowId} was ended in Temporal.`,
      };
}

function refuseStartByHand(args: RunArgs | undefined): void {
  if (typeof args?.ledgerId === 'string' && typeof args.jobId === 'string' && Number.isInteger(args.runNo)) return;
  const id = /ocr-(\d+)/.exec(workflowInfo().workflowId)?.[1] ?? '<receipt_id>';
  throw ApplicationFailure.nonRetryable(
    `This workflow is started by the queue. Use: pantry-queue job enqueue ${id}`,
    'workflow_misused',
  );
}
