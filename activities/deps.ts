import type { Prices } from '../src/contract/cost.ts';
import type { Telemetry } from '../src/contract/telemetry.ts';
import type { JobTools } from '../src/jobs/job-type.ts';
import type { Db } from '../src/ledger/db.ts';
import type { Notifier } from '../src/ledger/notify.ts';
import type { Log } from '../src/ports.ts';
import type { RunningJobs } from './running-jobs.ts';

/** What activities stand on, and what they lend to the kinds of job. */
export interface ActivityDeps extends JobTools {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly log: Log;
  readonly telemetry?: Telemetry | undefined;
  /** Which ledger this is, and how its workflows are named: calls from any other are refused. */
  readonly ledgerId: string;
  readonly workflowIdPrefix: string;
  /** This process, as the `workers` table knows it. */
  readonly worker: { readonly id: string; readonly name: string };
  readonly running: RunningJobs;
  /** What a call costs where the agent does not say. */
  readonly prices: Prices;
  /** Deadline of one call of the agent. */
  readonly attemptTimeoutMs: number;
}
