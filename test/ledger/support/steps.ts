import { createHash } from 'node:crypto';
import * as admission from '../../../src/ledger/admission.ts';
import * as arrivals from '../../../src/ledger/arrivals.ts';
import * as attempts from '../../../src/ledger/attempts.ts';
import * as batchEnds from '../../../src/ledger/batches/batch-ends.ts';
import * as breaker from '../../../src/ledger/breaker/breaker.ts';
import * as breakerSteps from '../../../src/ledger/breaker/breaker-steps.ts';
import * as commands from '../../../src/ledger/commands.ts';
import type { Db } from '../../../src/ledger/db.ts';
import * as ends from '../../../src/ledger/ends.ts';
import * as engineChecks from '../../../src/ledger/engine/engine-checks.ts';
import * as dependencies from '../../../src/ledger/enqueue/dependencies.ts';
import * as later from '../../../src/ledger/enqueue/later.ts';
import * as gate from '../../../src/ledger/gate.ts';
import * as heldBack from '../../../src/ledger/held-back.ts';
import * as measures from '../../../src/ledger/insight/measure.ts';
import * as history from '../../../src/ledger/insight/queue-history.ts';
import * as orphans from '../../../src/ledger/orphans.ts';
import * as parking from '../../../src/ledger/parking.ts';
import * as gates from '../../../src/ledger/processes/gates.ts';
import * as workers from '../../../src/ledger/processes/workers.ts';
import * as processing from '../../../src/ledger/processing.ts';
import * as replies from '../../../src/ledger/replies.ts';
import * as retention from '../../../src/ledger/retention.ts';
import * as runEnd from '../../../src/ledger/run-end.ts';
import * as saving from '../../../src/ledger/saving.ts';
import * as sweep from '../../../src/ledger/sweep.ts';
import * as tombstones from '../../../src/ledger/tombstones.ts';
import { beatOf } from '../../support/gate.ts';
import {
  admitted,
  after,
  batchEnded,
  begun,
  deferred,
  deleted,
  dependentOn,
  ended,
  endedInBatch,
  handedOver,
  inHistory,
  job,
  longAgo,
  replied,
  replyOf,
  retried,
  scheduled,
  seen,
  waiting,
  worker,
} from '../../support/job-states.ts';
import type { Run } from '../../support/run.ts';

/** All that the ledger gives to activities, workers and the gate. */
export const LEDGER: Readonly<Record<string, unknown>> = {
  ...admission,
  ...attempts,
  noteFailure: breaker.noteFailure,
  claimLook: breaker.claimLook,
  noteHealthy: breaker.noteHealthy,
  stepBreaker: breakerSteps.stepBreaker,
  readCap: breakerSteps.readCap,
  ...parking,
  ...commands,
  ...dependencies,
  ...later,
  ...gate,
  ...gates,
  ...orphans,
  ...replies,
  ...ends,
  ...processing,
  ...saving,
  ...engineChecks,
  ...arrivals,
  ...batchEnds,
  ...measures,
  ...retention,
  ...runEnd,
  ...sweep,
  ...tombstones,
  ...workers,
};

const view = { id: '00000000-0000-4000-8000-000000000001', name: 'g1', engine: null, agent: null, late: null };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A call of the ledger with what it needs to have something to do. */
export interface Step {
  readonly name: string;
  readonly prepare: (db: Db) => Promise<Run>;
  readonly call: (db: Db, run: Run) => Promise<unknown>;
}
const step = (name: string, prepare: Step['prepare'], call: Step['call']): Step => ({ name, prepare, call });
const OPENED = `with cap as (
    insert into pantry_queue.caps (tenant_id, in_flight, reason) values (null, 0, 'same_error')
    on conflict (tenant_id, user_id, kind, reason) do update set in_flight = 0)
  update pantry_queue.breaker set next_probe_at = now() where $1::bigint is not null`;
const CLOSED = `with cap as (delete from pantry_queue.caps where tenant_id is null)
  update pantry_queue.breaker set next_probe_at = null where $1::bigint is not null`;
const PARKED = `update pantry_queue.jobs set status = 'deferred', phase = 'parked' where subject = $1`;
const FIRED = `insert into pantry_queue.events (user_id, kind, data, at)
  select $1::bigint, 'schedule_fired', '{}', now() - interval '1 day'`;
const IN_REVIEW = `update pantry_queue.receipt_state set review = 'open', review_since = now() - interval '1 day', review_user = 1
  where receipt_id = $1`;
const failed = { code: 'agent_unavailable', message: 'away', charged: true } as const;

export const STEPS: readonly Step[] = [
  step('beginAttempt', handedOver, (db, run) => attempts.beginAttempt(db, run, worker)),
  step('beginAttempt', retried, (db, run) => attempts.beginAttempt(db, run, worker)),
  step('loseAttempts', after(begun, `update pantry_queue.workers set seen_at = now() - interval '1 minute'`), (db) =>
    attempts.loseAttempts(db),
  ),
  step('failAttempt', begun, (db, run) =>
    attempts.failAttempt(db, run, 1, failed, { phase: 'backoff', delayMs: 60_000 }),
  ),
  step('deferJob', handedOver, (db, run) => attempts.deferJob(db, run, { phase: 'paused', delayMs: 60_000 })),
  step('noteFailure', after(begun, CLOSED), (db, run) => breaker.noteFailure(db, run, failed)),
  step('claimLook', after(waiting, OPENED), breaker.claimLook),
  step('noteHealthy', after(waiting, OPENED), breaker.noteHealthy),
  step('readCap', after(waiting, OPENED), breakerSteps.readCap),
  step('stepBreaker', after(waiting, OPENED), breakerSteps.stepBreaker),
  step('park', after(handedOver, OPENED), parking.park),
  step('parkIdle', after(handedOver, OPENED), parking.parkIdle),
  step('unpark', after(handedOver, PARKED), (db) => parking.unpark(db, 10)),
  step('unparkJob', after(handedOver, PARKED), parking.unparkJob),
  step('endBackoff', deferred, parking.endBackoff),
  step('storeReply', begun, (db, run) => replies.storeReply(db, run, 1, replyOf(run.subject))),
  step('keepRefusedReply', begun, (db, run) =>
    replies.keepRefusedReply(db, run, 1, { ...replyOf(run.subject), code: 'agent_bad_response' }),
  ),
  step('carryReplyOver', retried, replies.carryReplyOver),
  step('findReplyHash', replied, async (db, run) => {
    if ((await replies.findReplyHash(db, run)) !== sha256(replyOf(run.subject).bytes)) throw new Error('no reply');
  }),
  step('readReply', replied, replies.readReply),
  step('readToSave', replied, replies.readToSave),
  step('markProcessing', handedOver, (db, run) => processing.markProcessing(db, run.ledgerId, run)),
  step('markProcessing', deleted(handedOver), (db, run) => processing.markProcessing(db, run.ledgerId, run)),
  step('endMismatch', deleted(begun), ends.endMismatch),
  step('endJob', begun, (db, run) => ends.endJob(db, run, { status: 'canceled' })),
  step('endJob', ended(begun), (db, run) => ends.endJob(db, run, { status: 'canceled' })),
  step('saveResult', replied, (db, run) => saving.saveResult(db, run, { defaultCurrency: 'VND' })),
  step('endByRun', handedOver, (db, run) =>
    runEnd.endByRun(db, run.ledgerId, run, { status: 'failed', code: 'internal' }),
  ),
  step('admit', waiting, (db) => admission.admit(db, 100_000)),
  step('claimUnstarted', after(admitted, job('start_claimed_at = null')), (db) => gate.claimUnstarted(db, 1_000)),
  step('mayStart', admitted, gate.mayStart),
  step('markHandedOver', admitted, (db, run) => gate.markHandedOver(db, run, seen)),
  step('replaceRun', handedOver, (db, run) => gate.replaceRun(db, run, 'lost')),
  step('noteGate', waiting, (db) => gates.noteGate(db, view)),
  step('forgetGate', waiting, (db) => gates.forgetGate(db, view.id)),
  step('forgetDeadGates', waiting, gates.forgetDeadGates),
  step('liveGates', waiting, gates.liveGates),
  step('noteGap', after(waiting, `update pantry_queue.queue_state set swept_at = now() - interval '1 hour'`), (db) =>
    sweep.noteGap(db),
  ),
  step('noteSweep', waiting, sweep.noteSweep),
  step('releaseStaleSaves', after(replied, job(`state_since = now() - interval '1 hour'`)), sweep.releaseStaleSaves),
  step(
    'releaseDue',
    after(deferred, 'update pantry_queue.jobs set next_attempt_at = now() where subject = $1'),
    sweep.releaseDue,
  ),
  step('releaseScheduled', after(scheduled, job('run_at = now()')), later.releaseScheduled),
  step('startNow', scheduled, later.startNow),
  step('nextScheduledMs', scheduled, later.nextScheduledMs),
  step('settleDependencies', dependentOn('run'), dependencies.settleDependencies),
  step('findUnmet', dependentOn('fail'), dependencies.findUnmet),
  step('endWithParent', dependentOn('fail'), (db, run) =>
    dependencies.endWithParent(db, { run, parent: 'ocr-1', status: 'canceled', outcome: 'fail' }),
  ),
  step(
    'walkDependencies',
    after(dependentOn('run'), 'update pantry_queue.dependencies set parent_ended = false'),
    (db) => dependencies.walkDependencies(db, { jobNo: 0, parentNo: 0 }),
  ),
  step('findGivenUp', after(waiting, job('give_up_at = now()')), (db) => sweep.findGivenUp(db, 1_000)),
  step('findOverdueCancels', begun, sweep.findOverdueCancels),
  step('claimEngineChecks', after(handedOver, job('engine_checked_at = null')), (db) =>
    engineChecks.claimEngineChecks(db, 1_000),
  ),
  step('requestEngineCheck', handedOver, engineChecks.requestEngineCheck),
  step('requestAllEngineChecks', handedOver, engineChecks.requestAllEngineChecks),
  step('foldArrivals', waiting, (db) => arrivals.foldArrivals(db)),
  step('measure', waiting, measures.measure),
  step('foldHistory', longAgo(ended(replied)), (db) => history.foldHistory(db)),
  step('forgetHistory', waiting, (db) => history.forgetHistory(db, 1_000)),
  step('expireJobs', after(inHistory(longAgo(ended(replied))), job(`ended_at = now() - interval '1 day'`)), (db) =>
    retention.expireJobs(db, ['canceled'], 60, 1_000),
  ),
  step('endBatches', endedInBatch, (db) => batchEnds.endBatches(db, { after: 0 }, 1_000)),
  step(
    'expireBatches',
    after(longAgo(batchEnded), `update pantry_queue.batches set ended_at = now() - interval '1 day'`),
    (db) => retention.expireBatches(db, 60, 1_000),
  ),
  step('expireOverdue', after(waiting, IN_REVIEW), (db) => retention.expireOverdue(db, 60, 1_000)),
  step('forgetEvents', after(waiting, FIRED), (db) => retention.forgetEvents(db, 60, 1_000)),
  step('claimCommands', ended(begun), (db) => commands.claimCommands(db, 1_000)),
  step('markCommandDone', ended(begun), async (db) => commands.markCommandDone(db, 1)),
  step('endOvertaken', deleted(begun), (db, run) => orphans.endOvertaken(db, run.kind, [run.subject])),
  step('endMismatched', deleted(handedOver), orphans.endMismatched),
  step('clearTombstones', deleted(begun), (db) => tombstones.clearTombstones(db, 200)),
  step('beat', waiting, (db) => workers.beat(db, beatOf(worker.id))),
  step('canceledCalls', begun, (db) => workers.canceledCalls(db, worker.id)),
  step('leave', begun, (db) => workers.leave(db, worker.id)),
  step('forgetDeadWorkers', waiting, workers.forgetDeadWorkers),
  step('servingWorkers', begun, workers.servingWorkers),
  step('liveWorkers', begun, (db) => workers.liveWorkers(db, 'default', 0)),
  step('listLiveWorkers', begun, (db) =>
    workers.listLiveWorkers(db, { tenant: 'default', userId: 0, after: undefined, limit: 10 }),
  ),
  step('noteHeldBack', waiting, (db) => heldBack.noteHeldBack(db, 0)),
];
