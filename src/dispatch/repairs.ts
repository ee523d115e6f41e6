import { BILL } from '../contract/bill-policy.ts';
import { generationIdOf, type RunKey } from '../contract/job.ts';
import { FEED, GATE, HELD_BACK, MAX_LOST_ATTEMPTS } from '../contract/policies.ts';
import { REVIEWS } from '../contract/review.ts';
import { expireAudit } from '../ledger/access/audit.ts';
import { foldArrivals } from '../ledger/arrivals.ts';
import { loseAttempts } from '../ledger/attempts.ts';
import { type BatchWalk, endBatches } from '../ledger/batches/batch-ends.ts';
import { endJob } from '../ledger/ends.ts';
import { noteHeldBack } from '../ledger/held-back.ts';
import { removeImages } from '../ledger/image-removals.ts';
import { forgetFailures } from '../ledger/insight/failures.ts';
import { measure } from '../ledger/insight/measure.ts';
import { foldHistory, forgetHistory } from '../ledger/insight/queue-history.ts';
import { runOf } from '../ledger/job-key.ts';
import { foldCosts, forgetCosts } from '../ledger/money/bill.ts';
import { renewBudgets } from '../ledger/money/budgets.ts';
import { endMismatched } from '../ledger/orphans.ts';
import { forgetDeadGates } from '../ledger/processes/gates.ts';
import { forgetDeadWorkers } from '../ledger/processes/workers.ts';
import { expireBatches, expireJobs, expireOverdue, forgetEvents } from '../ledger/retention.ts';
import { findGivenUp, findOverdueCancels, noteGap, noteSweep, releaseDue, releaseStaleSaves } from '../ledger/sweep.ts';
import { clearTombstones } from '../ledger/tombstones.ts';
import { forgetTraces } from '../ledger/traces.ts';
import { bulkRounds } from './bulks.ts';
import type { DispatchDeps } from './deps.ts';
import { eachApart } from './each-apart.ts';
import { laterRounds } from './later.ts';
import type { Round } from './rounds.ts';
import { scheduleRounds } from './schedules.ts';

const BATCH = 200;
/** Open batches that one round looks at. */
const OPEN_BATCHES = 1_000;
/** What is kept for days is not looked through every other second. */
const FORGET_MS = 60_000;

/**
 * What no event tells: lost workers, time that is up, cancels that hang. Works while the engine is away. Every step is a
 * statement that claims what it changes, so any number of processes may run them at once.
 */
export function ledgerRounds(deps: DispatchDeps): Round[] {
  const { db, log } = deps;
  const every = (name: string, run: () => Promise<void>, everyMs: number = GATE.sweepEveryMs): Round => ({
    name,
    everyMs,
    run,
  });
  const changed = (runs: readonly RunKey[]) => {
    if (runs.length > 0) {
      deps.notifier.changed(
        runs.map((run) => run.subject),
        { gate: true },
      );
    }
  };
  const endAll = async (runs: readonly RunKey[], end: (run: RunKey) => Parameters<typeof endJob>[2]) => {
    try {
      // One whose rows somebody has locked holds up none of the others.
      await eachApart(1, runs, async (run) => void (await endJob(db, run, end(run), { cancelRun: true })));
    } finally {
      changed(runs);
    }
  };

  const batchWalk: BatchWalk = { after: 0 };

  return [
    every('lost_workers', async () => {
      await noteGap(db.apart);
      const lost = await loseAttempts(db);
      await noteSweep(db.apart);
      const runs = lost.map((job) => ({ ...runOf(job), losses: job.attempts_lost }));
      for (const run of runs) log.warn({ job_id: generationIdOf(run), lost: run.losses }, 'attempt.lost');
      const losses = new Map(runs.map((run) => [generationIdOf(run), run.losses]));
      await endAll(
        runs.filter((run) => run.losses >= MAX_LOST_ATTEMPTS),
        (run) => ({
          status: 'failed',
          code: 'attempts_lost',
          message: `${losses.get(generationIdOf(run))} workers died while they held ${generationIdOf(run)}.`,
        }),
      );
      changed(runs);
    }),
    every('overdue_cancels', async () => endAll(await findOverdueCancels(db), () => ({ status: 'canceled' }))),
    every('give_up', async () =>
      endAll(await findGivenUp(db, BATCH), (run) => ({
        status: 'failed',
        code: 'gave_up',
        message: `${generationIdOf(run)} had not ended when its time was up.`,
      })),
    ),
    every('due', async () => {
      if ((await releaseDue(db)) > 0) deps.notifier.changed([], { gate: true });
    }),
    every('stale_saves', async () => {
      if ((await releaseStaleSaves(db)) > 0) deps.notifier.changed([], { gate: true });
    }),
    every(
      'batch_ends',
      async () => {
        const ended = await endBatches(db, batchWalk, OPEN_BATCHES);
        if (ended.length > 0) deps.notifier.changed([]);
      },
      GATE.tickMs,
    ),
    every('measure', () => measure(db)),
    every('held_back', () => noteHeldBack(db, HELD_BACK.toldAfterS), HELD_BACK.lookEveryMs),
    every('fold_arrivals', () => foldArrivals(db)),
    every('forget_failures', () => forgetFailures(db, BATCH)),
    every('fold_history', () => foldHistory(db)),
    every('forget_history', () => forgetHistory(db, BATCH), FORGET_MS),
    every('forget_traces', () => forgetTraces(db, BATCH), FORGET_MS),
    every('forget_events', async () => void (await forgetEvents(db, FEED.keptS, BATCH)), FORGET_MS),
    every('changed_subjects', async () => changed(await endMismatched(db))),
    every('deleted_subjects', async () => {
      const cleared = (await clearTombstones(db, BATCH)).map(({ subject }) => subject);
      if (cleared.length > 0) deps.notifier.changed(cleared, { gate: true });
    }),
    every('forget_processes', async () => {
      await forgetDeadWorkers(db);
      await forgetDeadGates(db);
    }),
    every('fold_costs', () => foldCosts(db)),
    every('forget_costs', () => forgetCosts(db, BATCH), FORGET_MS),
    every('renew_budgets', async () => {
      if ((await renewBudgets(db, BILL.budgets)) > 0) deps.notifier.changed([], { gate: true });
    }),
    ...imageRounds(deps, every),
    ...laterRounds(deps),
    ...bulkRounds(deps),
    ...scheduleRounds(deps),
    ...retentionRounds(deps, every),
  ];
}

/** As many at once as the store is asked for. */
const IMAGES = 16;

function imageRounds(
  { db, removeImage }: DispatchDeps,
  every: (name: string, run: () => Promise<void>) => Round,
): Round[] {
  return removeImage ? [every('deleted_images', () => removeImages(db, removeImage, IMAGES))] : [];
}

function retentionRounds(
  { db, notifier, retention }: DispatchDeps,
  every: (name: string, run: () => Promise<void>, everyMs?: number) => Round,
): Round[] {
  const { resultTtlS, failureTtlS, reviewExpiresS = 0, auditTtlS = 0 } = retention;
  const expire = (name: string, statuses: Parameters<typeof expireJobs>[1], afterS: number) =>
    afterS > 0 ? [every(name, async () => void (await expireJobs(db, statuses, afterS, BATCH)))] : [];
  const expireReviews = async () => {
    const ended = await expireOverdue(db, reviewExpiresS, BATCH);
    if (ended.length > 0) notifier.changed(ended);
  };
  return [
    ...(reviewExpiresS > 0 ? [every('expire_reviews', expireReviews, REVIEWS.expireEveryMs)] : []),
    ...(auditTtlS > 0 ? [every('expire_audit', async () => void (await expireAudit(db, auditTtlS, BATCH)))] : []),
    ...expire('expire_results', ['finished'], resultTtlS),
    ...expire('expire_failures', ['failed', 'canceled'], failureTtlS),
    // A batch may hold both: its end is kept as long as the longer of them.
    ...(resultTtlS > 0 && failureTtlS > 0
      ? [every('expire_batches', async () => void (await expireBatches(db, Math.max(resultTtlS, failureTtlS), BATCH)))]
      : []),
  ];
}
