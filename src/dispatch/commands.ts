import { workflowIdOf } from '../contract/names.ts';
import { claimCommands, markCommandDone } from '../ledger/gate.ts';
import type { DispatchDeps } from './deps.ts';

const BATCH = 50;

/**
 * Carries out what was asked of the engine; today that is cancels. One that fails comes again, later each time, so
 * that a cancel also reaches a run whose start was confirmed late.
 * @throws AppError engine_unavailable
 */
export async function carryOutCommands(deps: DispatchDeps): Promise<void> {
  for (const command of await claimCommands(deps.db, BATCH)) {
    const key = { receiptId: command.receipt_id, generation: command.generation };
    await deps.engine.cancel(workflowIdOf(key, deps.workflowIdPrefix));
    await markCommandDone(deps.db, command.id);
  }
}
