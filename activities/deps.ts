import type { Db } from '../src/ledger/db.ts';
import type { Notifier } from '../src/ledger/notify.ts';
import type { Agent, Log } from '../src/ports.ts';
import type { RunningJobs } from './running-jobs.ts';

/** What activities stand on. */
export interface ActivityDeps {
  readonly db: Db;
  readonly notifier: Notifier;
  readonly agent: Agent;
  readonly log: Log;
  /** Which ledger this is, and how its workflows are named: calls from any other are refused. */
  readonly ledgerId: string;
  readonly workflowIdPrefix: string;
  /** This process, as the `workers` table knows it. */
  readonly worker: { readonly id: string; readonly name: string };
  readonly running: RunningJobs;
  /** Deadline of one call of the agent. */
  readonly attemptTimeoutMs: number;
  /** Is the stored path a key of our image store? Anything else never reaches the agent. */
  readonly ownsImage: (imagePath: string) => boolean;
  readonly defaultCurrency: string;
  /** A short-lived signed address of an image, for agents that do not share the store; undefined = none is given. */
  readonly imageUrl?: ((imagePath: string) => Promise<string | undefined>) | undefined;
}
