import type { Db } from '../ledger/db.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Engine, Log } from '../ports.ts';

/** What the gate stands on. */
export interface DispatchDeps {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly engine: Engine;
  readonly log: Log;
  /** Which ledger this is: a run of another one is never touched. */
  readonly ledgerId: string;
  readonly workflowIdPrefix: string;
  /** How many jobs one owner may have in flight. */
  readonly ownerWindow: number;
}
