import { WorkflowNotFoundError } from '@temporalio/common';
import { OCR_WORKFLOW } from '../contract/names.ts';
import type { EngineClient } from './connection.ts';
import { engineErrorOf } from './engine-errors.ts';

/** A page of runs, or an end, is answered within this, or Temporal is away. */
const CALL_MS = 10_000;

/** One open run of our workflow, no matter who started it. */
export interface OpenRun {
  readonly workflowId: string;
  readonly engineRunId: string;
  /** Undefined when no queue started it. */
  readonly ledgerId: string | undefined;
}

/**
 * Every open run of our workflow in the namespace; page by page.
 * @throws AppError engine_unavailable, engine_misconfigured
 */
export async function* findOpenRuns(client: EngineClient, address: string): AsyncGenerator<OpenRun, void, undefined> {
  try {
    const query = `WorkflowType = '${OCR_WORKFLOW}' AND ExecutionStatus = 'Running'`;
    const runs = client.workflow.list({ query })[Symbol.asyncIterator]();
    const next = () => client.connection.withDeadline(Date.now() + CALL_MS, () => runs.next());
    for (let found = await next(); !found.done; found = await next()) {
      const run = found.value;
      const ledgerId = run.memo?.ledgerId;
      yield {
        workflowId: run.workflowId,
        engineRunId: run.runId,
        ledgerId: typeof ledgerId === 'string' ? ledgerId : undefined,
      };
    }
  } catch (error) {
    throw engineErrorOf(error, { address, namespace: client.options.namespace });
  }
}

/** Workflow ids of them. @throws as `findOpenRuns` */
export async function* listOpenRuns(client: EngineClient, address: string): AsyncGenerator<string, void, undefined> {
  for await (const run of findOpenRuns(client, address)) yield run.workflowId;
}

/** Ends a run at once; one that has ended by itself is no error. @throws as `findOpenRuns` */
export async function terminateRun(client: EngineClient, run: OpenRun, reason: string, address: string): Promise<void> {
  const terminate = () => client.workflow.getHandle(run.workflowId, run.engineRunId).terminate(reason);
  try {
    await client.connection.withDeadline(Date.now() + CALL_MS, terminate);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    throw engineErrorOf(error, { address, namespace: client.options.namespace });
  }
}
