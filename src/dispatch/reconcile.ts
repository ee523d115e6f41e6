import { generationIdOf, type RunKey } from '../contract/job.ts';
import { workflowIdOf } from '../contract/names.ts';
import type { AdmittedRun } from '../ledger/admitted-run.ts';
import { endJob } from '../ledger/ends.ts';
import { markHandedOver, replaceRun } from '../ledger/gate.ts';
import type { EngineRun } from '../ports.ts';
import type { GateDeps } from './deps.ts';

/** What a live job and what the engine knows of it make necessary. */
type Finding = 'agrees' | 'paused' | 'stuck' | 'foreign' | 'terminated' | 'replace';

function findingOf(deps: GateDeps, run: RunKey, known: EngineRun): Finding {
  if (known.kind === 'absent') return 'replace';
  if (known.unreadable !== undefined) {
    // Its number stands in what cannot be read. Closed, it is over for every run; open, a worker that has the key goes on with it.
    if (!known.open) return known.status === 'terminated' ? 'terminated' : 'replace';
    return known.unreadable === 'lost' ? 'replace' : 'stuck';
  }
  const ours = known.ledgerId === deps.ledgerId;
  // Another installation's workflow, or one started by hand: left alone. Once it is closed its id is free.
  if (!ours) return known.open ? 'foreign' : 'replace';
  if (known.runNo !== run.runNo) return 'replace';
  if (known.open) return known.paused ? 'paused' : known.stuck === null ? 'agrees' : 'stuck';
  // Closed while the job is live. A person's terminate is a decision; everything else is an accident.
  return known.status === 'terminated' ? 'terminated' : 'replace';
}

/**
 * Compares a live job with the engine and mends the difference. The only place that numbers a run anew.
 * @returns the new run, which the caller must start; undefined when there is nothing to start
 * @throws AppError engine_unavailable
 */
export async function reconcile(deps: GateDeps, run: RunKey): Promise<AdmittedRun | undefined> {
  const workflowId = workflowIdOf(run, deps.workflowIdPrefix);
  const known = await deps.engine.describe(workflowId);
  const finding = findingOf(deps, run, known);
  let next: AdmittedRun | undefined;

  switch (finding) {
    case 'agrees':
    case 'paused':
    case 'stuck': {
      if (known.kind === 'absent') return undefined;
      const { engineRunId, stuck } = known;
      const { cancel, news } = await markHandedOver(deps.db, run, { engineRunId, stuck, paused: finding === 'paused' });
      if (cancel) await deps.engine.cancel({ workflowId, engineRunId });
      if (!news) return undefined;
      break;
    }
    case 'foreign':
      await endJob(deps.db, run, {
        status: 'failed',
        code: 'workflow_id_taken',
        message: `The workflow id ${workflowId} belongs to something else in this Temporal namespace.`,
      });
      break;
    case 'terminated':
      await endJob(deps.db, run, {
        status: 'failed',
        code: 'terminated_by_operator',
        message: `A person terminated workflow ${workflowId} in Temporal.`,
      });
      break;
    case 'replace': {
      const why = known.kind === 'absent' ? 'unknown to the engine' : `${known.status} in the engine`;
      next = await replaceRun(deps.db, run, why);
      break;
    }
  }
  deps.log.warn({ job_id: generationIdOf(run), run_no: run.runNo, finding, ...stuckNote(known) }, 'run.reconciled');
  deps.notifier.changed([run.subject], { gate: true });
  return next;
}

function stuckNote(known: EngineRun): { stuck?: string } {
  return known.kind === 'known' && known.stuck !== null ? { stuck: known.stuck } : {};
}
