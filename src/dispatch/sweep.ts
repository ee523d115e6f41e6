import { generationIdOf } from '../contract/job.ts';
import { MAX_LOST_ATTEMPTS } from '../contract/policies.ts';
import { loseAttempts } from '../ledger/attempts.ts';
import { endJob } from '../ledger/results.ts';
import {
  claimEngineChecks,
  expireJobs,
  findGivenUp,
  findOverdueCancels,
  foldArrivals,
  measure,
  noteSweep,
  releaseDue,
  releaseStaleSaves,
} from '../ledger/sweep.ts';
import { forgetDeadWorkers } from '../ledger/workers.ts';
import type { DispatchDeps } from './deps.ts';
import { reconcile } from './reconcile.ts';
import { startRun } from './start-run.ts';

const BATCH = 200;
const ENGINE_CHECKS = 50;

/**
 * What no event tells: lost workers, time that is up, cancels that hang. Works while the engine is away. Every step
 * is a statement that claims what it changes, so any number of processes may sweep at once.
 */
export async function sweepLedger(deps: DispatchDeps): Promise<void> {
  const { db, log } = deps;
  const changed: number[] = [];
  await noteSweep(db);

  for (const job of await loseAttempts(db)) {
    changed.push(job.receipt_id);
    log.warn({ receipt_id: job.receipt_id, generation: job.generation, lost: job.attempts_lost }, 'attempt.lost');
    if (job.attempts_lost < MAX_LOST_ATTEMPTS) continue;
    const run = { receiptId: job.receipt_id, generation: job.generation, runNo: job.run_no };
    await endJob(db, run, {
      status: 'failed',
      code: 'attempts_lost',
      message: `${job.attempts_lost} workers died while they held ${generationIdOf(run)}.`,
    });
  }
  for (const run of await findOverdueCancels(db)) {
    changed.push(run.receiptId);
    await endJob(db, run, { status: 'canceled' });
  }
  for (const run of await findGivenUp(db, BATCH)) {
    changed.push(run.receiptId);
    await endJob(db, run, {
      status: 'failed',
      code: 'gave_up',
      message: `${generationIdOf(run)} had not ended when its time was up.`,
    });
  }
  const released = (await releaseDue(db)) + (await releaseStaleSaves(db));
  await measure(db);
  await foldArrivals(db);
  await forgetDeadWorkers(db);
  const { resultTtlS, failureTtlS } = deps.retention;
  if (resultTtlS > 0) await expireJobs(db, ['finished'], resultTtlS, BATCH);
  if (failureTtlS > 0) await expireJobs(db, ['failed', 'canceled'], failureTtlS, BATCH);
  if (changed.length + released > 0) deps.notifier.changed(changed, { gate: true });
}

/**
 * Compares what is in flight with the engine: finds files that were lost, and what a person did there.
 * @throws AppError engine_unavailable
 */
export async function checkEngine(deps: DispatchDeps): Promise<void> {
  for (const run of await claimEngineChecks(deps.db, ENGINE_CHECKS)) {
    const next = await reconcile(deps, run);
    if (next) await startRun(deps, next);
  }
}
