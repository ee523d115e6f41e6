import { causeText } from '../contract/cause.ts';
import { toAppError } from '../contract/errors.ts';
import { generationIdOf, jobIdOf } from '../contract/job.ts';
import { workflowIdOf } from '../contract/names.ts';
import { NO_TELEMETRY } from '../contract/telemetry.ts';
import type { AdmittedRun } from '../ledger/admitted-run.ts';
import { endJob } from '../ledger/ends.ts';
import { markHandedOver, mayStart } from '../ledger/gate.ts';
import { inTraceOf } from '../ledger/traces.ts';
import type { RunSpec } from '../ports.ts';
import type { GateDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';

function specOf(deps: GateDeps, run: AdmittedRun): RunSpec {
  const { words } = deps.db.kinds.of(run.kind);
  return {
    ...run,
    ledgerId: deps.ledgerId,
    jobId: jobIdOf(run),
    workflowId: workflowIdOf(run, deps.workflowIdPrefix),
    about: words.subject(run.subject),
    attributes: words.attributes?.(run.subject) ?? {},
  };
}

/**
 * Hands one admitted run to the engine. Lock-free: a process that tries the same finds the workflow there already.
 * A first run never replaces anything; only a run that reconcile has numbered anew may.
 * @throws AppError engine_unavailable, engine_misconfigured: the run stays admitted and is claimed again later
 */
export async function startRun(deps: GateDeps, run: AdmittedRun): Promise<void> {
  if (!(await mayStart(deps.db, run))) return;
  const spec = specOf(deps, run);
  const { tracing } = deps.telemetry ?? NO_TELEMETRY;
  const facts = { 'pantry.job_id': generationIdOf(run), 'pantry.run_no': run.runNo };
  const started = await inTraceOf({ db: deps.db, tracing }, run, { name: 'start', kind: 'client', facts }, () =>
    startOrRefuse(deps, spec),
  );
  if (started.kind === 'refused') return;
  if (started.kind === 'exists') {
    const next = await reconcile(deps, run);
    if (next) await startRun(deps, next);
    return;
  }
  // A cancel may have come between our look and the start.
  const { engineRunId } = started;
  const { cancel } = await markHandedOver(deps.db, run, { engineRunId, stuck: null, paused: false });
  if (cancel) await deps.engine.cancel({ workflowId: spec.workflowId, engineRunId });
}

/** A run that the engine refuses for what it is ends its job; all others go on. */
async function startOrRefuse(deps: GateDeps, spec: RunSpec) {
  try {
    return await deps.engine.start(spec, { again: spec.runNo > 1 });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'engine_refused') throw thrown;
    deps.log.error({ job_id: generationIdOf(spec), run_no: spec.runNo, cause: causeText(error) }, 'run.refused');
    await endJob(deps.db, spec, {
      status: 'failed',
      code: 'engine_refused',
      message: `Temporal refuses the run of ${generationIdOf(spec)}.`,
    });
    deps.notifier.changed([spec.subject], { gate: true });
    return { kind: 'refused' } as const;
  }
}
