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
  /** Seconds after which ended jobs lose reply, events and result; 0 = never. */
  readonly retention: Retention;
}

export interface Retention {
  readonly resultTtlS: number;
  readonly failureTtlS: number;
}
