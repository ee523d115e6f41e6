import type { Telemetry } from '../contract/telemetry.ts';
import type { Db } from '../ledger/db.ts';
import type { Notifier } from '../ledger/notify.ts';
import type { Engine, Log } from '../ports.ts';
import type { Webhooks } from '../webhooks/create-webhooks.ts';
import type { WatchedEngine } from './engine-watch.ts';

/** What the gate stands on. */
export interface DispatchDeps {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly engine: Engine;
  readonly log: Log;
  readonly telemetry?: Telemetry | undefined;
  /** This process, as lists name it. */
  readonly name: string;
  /** Which ledger this is: a run of another one is never touched. */
  readonly ledgerId: string;
  readonly workflowIdPrefix: string;
  /** Seconds after which ended jobs lose reply, events and result; 0 = never. */
  readonly retention: Retention;
  readonly webhooks: Pick<Webhooks, 'tell' | 'begin'>;
  /** Removes an image that no receipt names; undefined: this process has no image store. */
  readonly removeImage?: ((imagePath: string) => Promise<boolean>) | undefined;
}

/** The same, with an engine that knows how it is. */
export interface GateDeps extends DispatchDeps {
  readonly engine: WatchedEngine;
}

export interface Retention {
  readonly resultTtlS: number;
  readonly failureTtlS: number;
  /** Seconds after which nobody is waited for any more to look at a reading; absent or 0 = never. */
  readonly reviewExpiresS?: number;
  /** Seconds that entries of the audit are kept; absent or 0 = for ever. */
  readonly auditTtlS?: number;
}
