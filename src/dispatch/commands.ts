import { workflowIdOf } from '../contract/names.ts';
import { GATE } from '../contract/policies.ts';
import { type Command, claimCommands, markCommandDone } from '../ledger/commands.ts';
import type { GateDeps } from './deps.ts';
import { eachApart } from './each-apart.ts';

const BATCH = 50;
/** As many as are in the engine when all are canceled at once: their calls are aborted now, and not 50 a second. */
const BATCHES = GATE.maxWindow / BATCH;
const PARALLEL = 8;

/**
 * Carries out what was asked of the engine; today that is cancels. One that fails comes again, later each time, and
 * holds up no other.
 * @throws AppError the first that a command met, when all that were claimed with it have been tried
 */
export async function carryOutCommands(deps: GateDeps): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const claimed = await claimCommands(deps.db, BATCH);
    await eachApart(PARALLEL, claimed, async (command) => {
      await cancel(deps, command);
      await markCommandDone(deps.db, command.id);
    });
    if (claimed.length < BATCH) return;
  }
}

/** By the engine's run id: the workflow id may have a newer run by now, of this job or of another ledger. */
async function cancel(deps: GateDeps, command: Command): Promise<void> {
  const workflowId = workflowIdOf(command, deps.workflowIdPrefix);
  if (command.engine_run_id !== null) {
    await deps.engine.cancel({ workflowId, engineRunId: command.engine_run_id });
    return;
  }
  // The start was never confirmed: whether there is a run, and whose, only the engine knows.
  const known = await deps.engine.describe(workflowId);
  if (known.kind === 'absent' || !known.open) return;
  if (known.ledgerId !== deps.ledgerId || known.runNo !== command.run_no) return;
  await deps.engine.cancel({ workflowId, engineRunId: known.engineRunId });
}
