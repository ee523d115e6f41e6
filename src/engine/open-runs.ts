import { OCR_WORKFLOW } from '../contract/names.ts';
import type { EngineClient } from './connection.ts';
import { engineErrorOf } from './engine-errors.ts';

/**
 * Workflow ids of every open run of our workflow in the namespace, whoever started it; page by page.
 * @throws AppError engine_unavailable, engine_misconfigured
 */
export async function* listOpenRuns(client: EngineClient, address: string): AsyncGenerator<string, void, undefined> {
  try {
    const runs = client.workflow.list({ query: `WorkflowType = '${OCR_WORKFLOW}' AND ExecutionStatus = 'Running'` });
    for await (const run of runs) yield run.workflowId;
  } catch (error) {
    throw engineErrorOf(error, { address, namespace: client.options.namespace });
  }
}
