import { asyncLocalStorage, type Context, type Info } from '@temporalio/activity';

/** What our activities look at: their limits and their attempt. */
const INFO: Partial<Info> = { startToCloseTimeoutMs: 60_000, attempt: 1, isLocal: false };

/**
 * Runs an activity as Temporal's worker does, without Temporal.
 * @param workflowId of the workflow that calls it
 */
export function inActivity<T>(workflowId: string, info: Partial<Info>, work: () => Promise<T>): Promise<T> {
  const workflowExecution = { workflowId, runId: 'r1' };
  const context: Partial<Context> = {
    info: { ...INFO, currentAttemptScheduledTimestampMs: Date.now(), workflowExecution, ...info } as Info,
    cancellationSignal: new AbortController().signal,
    cancelled: new Promise<never>(() => {}),
    heartbeat() {},
  };
  return asyncLocalStorage.run(context as Context, work);
}
