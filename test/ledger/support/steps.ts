import { createHash } from 'node:crypto';
import type { OcrReceiptArgs } from '../../../src/contract/job.ts';
import * as attempts from '../../../src/ledger/attempts.ts';
import * as commands from '../../../src/ledger/commands.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { enqueueEach } from '../../../src/ledger/enqueue-each.ts';
import * as gate from '../../../src/ledger/gate.ts';
import * as gates from '../../../src/ledger/gates.ts';
import * as orphans from '../../../src/ledger/orphans.ts';
import { readLedgerId } from '../../../src/ledger/queue-state.ts';
import * as replies from '../../../src/ledger/replies.ts';
import * as results from '../../../src/ledger/results.ts';
import * as runEnd from '../../../src/ledger/run-end.ts';
import * as sweep from '../../../src/ledger/sweep.ts';
import * as tombstones from '../../../src/ledger/tombstones.ts';
import * as workers from '../../../src/ledger/workers.ts';
import { addReceipts } from '../../support/db.ts';
import { beatAs } from '../../support/gate.ts';
import { bytesOf, replyFor } from '../../support/installation.ts';

/** All that the ledger gives to activities, workers and the gate. */
export const LEDGER: Readonly<Record<string, unknown>> = {
  ...attempts,
  ...commands,
  ...gate,
  ...gates,
  ...orphans,
  ...replies,
  ...results,
  ...runEnd,
  ...sweep,
  ...tombstones,
  ...workers,
};

const worker = { id: 'w1', name: 'w1', host: 'here', pid: 1, slots: 5, running: [] };
const view = { id: '00000000-0000-4000-8000-000000000001', name: 'g1', engine: null, agent: null };
const seen = { engineRunId: 'e1', stuck: null, paused: false };

const replyOf = (receiptId: number) => ({
  bytes: bytesOf(replyFor({ receipt_id: receiptId, image_path: '', user_id: 1, job_id: '' })),
  agentMs: 5,
});
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function waiting(db: Db): Promise<OcrReceiptArgs> {
  const [receiptId = 0] = await addReceipts(db, 1);
  const request = { receiptId, imagePath: undefined, tenant: 'default', userId: undefined } as const;
  await enqueueEach(db, [{ ...request, priority: 'default', mode: 'once' }]);
  return { ledgerId: await readLedgerId(db), jobId: `ocr-${receiptId}`, generation: 1, runNo: 1, receiptId };
}
async function admitted(db: Db): Promise<OcrReceiptArgs> {
  await beatAs(db, worker.id, 500);
  const run = await waiting(db);
  await gate.admit(db, { ownerWindow: 100_000, limit: 100_000 });
  return run;
}
async function handedOver(db: Db): Promise<OcrReceiptArgs> {
  const run = await admitted(db);
  await gate.markHandedOver(db, run, seen);
  return run;
}
async function begun(db: Db): Promise<OcrReceiptArgs> {
  const run = await handedOver(db);
  await attempts.beginAttempt(db, run, worker);
  return run;
}
async function deferred(db: Db): Promise<OcrReceiptArgs> {
  const run = await handedOver(db);
  await attempts.deferJob(db, run, { phase: 'parked', delayMs: 0 });
  return run;
}
async function replied(db: Db): Promise<OcrReceiptArgs> {
  const run = await begun(db);
  await replies.storeReply(db, run, 1, replyOf(run.receiptId));
  return run;
}
/** A state, and what time or somebody else does to it. */
const then = (state: typeof waiting, sql: string) => async (db: Db) => {
  const run = await state(db);
  await db.query(sql.includes('$1') ? sql : `${sql} -- ${run.receiptId}`, sql.includes('$1') ? [run.receiptId] : []);
  return run;
};
const job = (set: string) => `update pantry_queue.jobs set ${set} where receipt_id = $1`;
/** Deleted after a sweep has seen it, so that the deletion is told. */
const deleted = (state: typeof waiting) => async (db: Db) => {
  const run = await state(db);
  await sweep.foldArrivals(db);
  await db.query('delete from public.receipts where id = $1', [run.receiptId]);
  return run;
};
const ended = (state: typeof waiting) => async (db: Db) => {
  const run = await state(db);
  await results.endJob(db, run, { status: 'canceled' }, { cancelRun: true });
  return run;
};
/** The second generation of a job whose first one paid for its reply and did not save it. */
async function retried(db: Db): Promise<OcrReceiptArgs> {
  const { receiptId, ...run } = await ended(replied)(db);
  const request = { receiptId, imagePath: undefined, tenant: 'default', userId: undefined } as const;
  await enqueueEach(db, [{ ...request, priority: 'default', mode: 'retry' }]);
  await gate.admit(db, { ownerWindow: 100_000, limit: 100_000 });
  return { ...run, receiptId, generation: 2 };
}

/** A call of the ledger with what it needs to have something to do. */
export interface Step {
  readonly name: string;
  readonly prepare: (db: Db) => Promise<OcrReceiptArgs>;
  readonly call: (db: Db, run: OcrReceiptArgs) => Promise<unknown>;
}
const step = (name: string, prepare: Step['prepare'], call: Step['call']): Step => ({ name, prepare, call });
const failed = { code: 'agent_unavailable', message: 'away', charged: true } as const;

export const STEPS: readonly Step[] = [
  step('beginAttempt', handedOver, (db, run) => attempts.beginAttempt(db, run, worker)),
  step('beginAttempt', retried, (db, run) => attempts.beginAttempt(db, run, worker)),
  step('loseAttempts', then(begun, `update pantry_queue.workers set seen_at = now() - interval '1 minute'`), (db) =>
    attempts.loseAttempts(db),
  ),
  step('failAttempt', begun, (db, run) =>
    attempts.failAttempt(db, run, 1, failed, { phase: 'backoff', delayMs: 60_000 }),
  ),
  step('deferJob', handedOver, (db, run) => attempts.deferJob(db, run, { phase: 'paused', delayMs: 60_000 })),
  step('storeReply', begun, (db, run) => replies.storeReply(db, run, 1, replyOf(run.receiptId))),
  step('keepRefusedReply', begun, (db, run) =>
    replies.keepRefusedReply(db, run, 1, { ...replyOf(run.receiptId), code: 'agent_bad_response' }),
  ),
  step('carryReplyOver', retried, replies.carryReplyOver),
  step('findReplyHash', replied, async (db, run) => {
    if ((await replies.findReplyHash(db, run)) !== sha256(replyOf(run.receiptId).bytes)) throw new Error('no reply');
  }),
  step('readReply', replied, replies.readReply),
  step('readToSave', replied, replies.readToSave),
  step('markProcessing', handedOver, (db, run) => results.markProcessing(db, run.ledgerId, run)),
  step('markProcessing', deleted(handedOver), (db, run) => results.markProcessing(db, run.ledgerId, run)),
  step('endDeleted', deleted(begun), results.endDeleted),
  step('endJob', begun, (db, run) => results.endJob(db, run, { status: 'canceled' })),
  step('endJob', ended(begun), (db, run) => results.endJob(db, run, { status: 'canceled' })),
  step('saveResult', replied, (db, run) => results.saveResult(db, run, 'VND')),
  step('endByRun', handedOver, (db, run) => runEnd.endByRun(db, run, { status: 'failed', code: 'internal' })),
  step('admit', waiting, (db) => gate.admit(db, { ownerWindow: 100_000, limit: 100_000 })),
  step('claimUnstarted', then(admitted, job('start_claimed_at = null')), (db) => gate.claimUnstarted(db, 1_000)),
  step('mayStart', admitted, gate.mayStart),
  step('markHandedOver', admitted, (db, run) => gate.markHandedOver(db, run, seen)),
  step('replaceRun', handedOver, (db, run) => gate.replaceRun(db, run, 'lost')),
  step('noteGate', waiting, (db) => gates.noteGate(db, view)),
  step('forgetGate', waiting, (db) => gates.forgetGate(db, view.id)),
  step('forgetDeadGates', waiting, gates.forgetDeadGates),
  step('liveGates', waiting, gates.liveGates),
  step('noteGap', then(waiting, `update pantry_queue.queue_state set swept_at = now() - interval '1 hour'`), (db) =>
    sweep.noteGap(db),
  ),
  step('noteSweep', waiting, sweep.noteSweep),
  step('releaseStaleSaves', then(replied, job(`state_since = now() - interval '1 hour'`)), sweep.releaseStaleSaves),
  step(
    'releaseDue',
    then(deferred, 'update pantry_queue.jobs set next_attempt_at = now() where receipt_id = $1'),
    sweep.releaseDue,
  ),
  step('findGivenUp', then(waiting, job('give_up_at = now()')), (db) => sweep.findGivenUp(db, 1_000)),
  step('findOverdueCancels', begun, sweep.findOverdueCancels),
  step('claimEngineChecks', then(handedOver, job('engine_checked_at = null')), (db) =>
    sweep.claimEngineChecks(db, 1_000),
  ),
  step('requestEngineCheck', handedOver, sweep.requestEngineCheck),
  step('requestAllEngineChecks', handedOver, sweep.requestAllEngineChecks),
  step('foldArrivals', waiting, (db) => sweep.foldArrivals(db)),
  step('measure', waiting, sweep.measure),
  step('expireJobs', then(ended(replied), job(`ended_at = now() - interval '1 day'`)), (db) =>
    sweep.expireJobs(db, ['canceled'], 60, 1_000),
  ),
  step('claimCommands', ended(begun), (db) => commands.claimCommands(db, 1_000)),
  step('markCommandDone', ended(begun), async (db) => commands.markCommandDone(db, 1)),
  step('endOvertaken', deleted(begun), (db, run) => orphans.endOvertaken(db, [run.receiptId])),
  step('endMismatched', deleted(handedOver), orphans.endMismatched),
  step('clearTombstones', deleted(begun), (db) => tombstones.clearTombstones(db, 200)),
  step('beat', waiting, (db) => workers.beat(db, worker)),
  step('canceledCalls', begun, (db) => workers.canceledCalls(db, worker.id)),
  step('leave', begun, (db) => workers.leave(db, worker.id)),
  step('forgetDeadWorkers', waiting, workers.forgetDeadWorkers),
  step('liveWorkers', begun, workers.liveWorkers),
];
