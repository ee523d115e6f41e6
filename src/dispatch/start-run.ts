import { jobIdOf } from '../contract/job.ts';
import { workflowIdOf } from '../contract/names.ts';
import { type AdmittedRun, markHandedOver, mayStart } from '../ledger/gate.ts';
import type { RunSpec } from '../ports.ts';
import type { DispatchDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';

function specOf(deps: DispatchDeps, run: AdmittedRun): RunSpec {
  return {
    ledgerId: deps.ledgerId,
    jobId: jobIdOf(run.receiptId),
    generation: run.generation,
    runNo: run.runNo,
    receiptId: run.receiptId,
    workflowId: workflowIdOf(run, deps.workflowIdPrefix),
    tenant: run.tenant,
    userId: run.userId,
    batchId: run.batchId,
    priority: run.priority,
  };
}

/**
 * Hands one admitted run to the engine. Lock-free: whoever else tries the same finds the workflow there already.
 * A first run never replaces anything; only a run that reconcile has numbered anew may.
 * @throws AppError engine_unavailable: the run stays admitted and is claimed again later
 */
export async function startRun(deps: DispatchDeps, run: AdmittedRun): Promise<void> {
  if (!(await mayStart(deps.db, run))) return;
  const spec = specOf(deps, run);
  const started = await deps.engine.start(spec, { again: run.runNo > 1 });
  if (started.kind === 'exists') {
    const next = await reconcile(deps, run);
    if (next) await startRun(deps, next);
    return;
  }
  // A cancel may have come between our look and the start.
  const { cancel } = await markHandedOver(deps.db, run);
  if (cancel) await deps.engine.cancel(spec.workflowId);
}
