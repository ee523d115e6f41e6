import type { Problem } from '../contract/operations/queue-info.ts';
import type { OpenBreaker } from '../ledger/breaker/breaker.ts';
import type { HoldingCap } from '../ledger/caps.ts';
import type { JobTrouble } from '../ledger/insight/problems.ts';
import type { QueueCounts } from '../ledger/insight/queue-state.ts';
import type { LiveGate } from '../ledger/processes/gates.ts';
import type { Serving } from '../ledger/processes/workers.ts';
import type { FailingSchedule } from '../ledger/schedules/schedules.ts';
import type { TroubledWebhook } from '../ledger/webhooks/webhooks.ts';

/** What `queue_info` has read. */
export interface Seen {
  readonly counts: QueueCounts;
  readonly gates: readonly LiveGate[];
  readonly caps: readonly HoldingCap[];
  readonly troubles: readonly JobTrouble[];
  readonly schedules: readonly FailingSchedule[];
  readonly webhooks: readonly TroubledWebhook[];
  readonly workers: Serving;
  readonly queued: number;
  readonly oldest: readonly string[];
  readonly breaker: OpenBreaker | undefined;
}

/** One thing that is wrong. Without `jobs` everybody who is queued waits for it. */
export interface Found {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly since: Date | string | null;
  readonly jobs?: { readonly jobs: number; readonly examples: readonly string[] } | undefined;
  /** Where it is another than the row says. */
  readonly who?: Problem['who_acts'];
}
