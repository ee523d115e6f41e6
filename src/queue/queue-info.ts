import type { OutputOf } from '../contract/queue-api.ts';
import { oldestReview } from '../jobs/ocr/reviews.ts';
import { readBreaker } from '../ledger/breaker/breaker.ts';
import { holdingCaps, type PauseRow } from '../ledger/caps.ts';
import { limitsOf } from '../ledger/enqueue/limits.ts';
import { jobTroubles, oldestQueued } from '../ledger/insight/problems.ts';
import { type QueueCounts, readCounts } from '../ledger/insight/queue-state.ts';
import { liveGates } from '../ledger/processes/gates.ts';
import { liveWorkers, type Serving, servingWorkers } from '../ledger/processes/workers.ts';
import { failingSchedules } from '../ledger/schedules/schedules.ts';
import { troubledWebhooks } from '../ledger/webhooks/webhooks.ts';
import { missingParts } from '../words/workers.ts';
import type { HandlerDeps } from './deps.ts';
import type { Handlers } from './pipeline.ts';
import { problemsOf } from './problems.ts';

export function createQueueInfo(deps: HandlerDeps): Handlers['queueInfo'] {
  return async (_input, { db: { apart: db }, tenant, userId }) => {
    const [counts, workers, serving, gates, caps, troubles, schedules, webhooks, oldest, breaker, limits, oldestOpen] =
      await Promise.all([
        readCounts(db, tenant, userId ?? 0),
        liveWorkers(db, tenant, userId ?? 0),
        servingWorkers(db),
        liveGates(db),
        holdingCaps(db, tenant, userId ?? 0),
        jobTroubles(db, tenant, userId ?? 0),
        failingSchedules(db, tenant, userId ?? 0),
        troubledWebhooks(db, tenant, userId ?? 0),
        userId === undefined ? oldestQueued(db, tenant) : [],
        readBreaker(db, tenant, userId ?? 0),
        limitsOf(db, tenant, userId ?? 0),
        oldestReview(db, tenant, userId ?? 0),
      ]);
    const of = (status: keyof QueueCounts['counts']): number => counts.counts[status] ?? 0;
    const queued = of('queued') + counts.due;
    return {
      name: deps.queueName,
      count: queued,
      queued_jobs: queued,
      started_jobs: of('started'),
      finished_jobs: of('finished'),
      failed_jobs: of('failed'),
      scheduled_jobs: of('scheduled'),
      deferred_jobs: of('deferred') - counts.due,
      canceled_jobs: of('canceled'),
      oldest_queued_s: counts.oldest_queued_s,
      oldest_started_s: counts.oldest_started_s,
      oldest_deferred_s: counts.oldest_deferred_s,
      reviews: { open: of('review'), oldest_s: oldestOpen },
      by_owner: counts.owners,
      by_error: counts.errors,
      workers,
      agent_slots: serving.slots,
      paused: pauseOf(counts),
      parts: {
        ledger: counts.read_only ? 'read_only' : 'ok',
        engine: counts.engine ?? 'unknown',
        engine_since: counts.engine_since?.toISOString() ?? null,
        workers: workersState(serving),
        agent: counts.agent ?? 'unknown',
        agent_since: counts.agent_since?.toISOString() ?? null,
        transactions: counts.sees_others === null ? 'unknown' : counts.sees_others ? 'all' : 'own',
      },
      limits: limits.map((limit) => ({ ...limit, since: limit.since.toISOString() })),
      problems: problemsOf({
        counts,
        gates,
        caps,
        troubles,
        schedules,
        webhooks,
        workers: serving,
        queued,
        oldest,
        breaker,
      }),
      as_of: counts.now.toISOString(),
    };
  };
}

function workersState(serving: Serving): OutputOf<'queueInfo'>['parts']['workers'] {
  if (serving.workers === 0) return 'none';
  return missingParts(serving).length === 0 ? 'ok' : 'partial';
}

export function pauseOf(row: PauseRow): OutputOf<'queueInfo'>['paused'] {
  return (
    row.paused_at && {
      since: row.paused_at.toISOString(),
      by: row.paused_by ?? 'unknown',
      reason: row.pause_reason,
    }
  );
}
