import type { RunKey } from '../../src/contract/job.ts';
import { workflowIdOf } from '../../src/contract/names.ts';
import { beginAttempt, deferJob, failAttempt } from '../../src/ledger/attempts.ts';
import { noteFailure } from '../../src/ledger/breaker/breaker.ts';
import { endJob, endMismatch } from '../../src/ledger/ends.ts';
import { park } from '../../src/ledger/parking.ts';
import { markProcessing } from '../../src/ledger/processing.ts';
import { saveResult } from '../../src/ledger/saving.ts';
import type { GateBench } from '../support/gate.ts';
import type { Model, ModelJob, Op } from './model.ts';
import type { RealReviews } from './real-reviews.ts';
import { READINGS } from './reviews.ts';

const PARKED = { phase: 'parked' } as const;

/** The steps of a job's workflow, as the activities make them. */
export function createRealRun(
  { db, engine }: GateBench,
  {
    ledgerId,
    reviews,
    workerName,
    beat,
    holdOpen,
  }: {
    ledgerId: string;
    reviews: RealReviews;
    workerName: (model: Model) => string;
    beat: (model: Model) => Promise<unknown>;
    holdOpen: () => Promise<unknown>;
  },
) {
  return async function perform(
    model: Model,
    op: Extract<Op, { receipt: number }>,
    job: ModelJob,
    run: RunKey,
  ): Promise<string> {
    const call = op.op === 'answer of an older attempt' ? job.calls.at(-2) : job.calls.at(-1);
    switch (op.op) {
      case 'begin': {
        if (job.attempt === 0) await markProcessing(db, ledgerId, run);
        await beat(model);
        const begun = await beginAttempt(db, run, { id: workerName(model), name: workerName(model) });
        if (begun.kind === 'wait' && begun.why === 'held')
          await deferJob(db, run, { phase: 'paused', delayMs: 10_000 });
        if (begun.kind === 'wait' && begun.why === 'parked') await park(db, run);
        if (begun.kind === 'mismatch') await endMismatch(db, run);
        return begun.kind;
      }
      case 'save':
      case 'save of an older run': {
        if (op.op !== 'save' && run.runNo === 1) return 'nothing';
        const runNo = op.op === 'save' ? run.runNo : run.runNo - 1;
        return (await saveResult(db, { ...run, runNo }, { defaultCurrency: 'EUR' })).current
          ? 'current'
          : 'not_current';
      }
      case 'run lost':
        engine.known.delete(workflowIdOf(run, ''));
        await db.query('update pantry_queue.jobs set engine_checked_at = null where subject = $1', [run.subject]);
        return 'done';
      case 'answer':
      case 'answer in doubt':
      case 'answer as a twin':
      case 'answer of an older attempt': {
        const reading = READINGS[op.op === 'answer of an older attempt' ? 'answer' : op.op];
        return call ? reviews.store({ ...run, runNo: call.runNo }, call.attempt, reading) : 'nothing';
      }
      case 'fail': {
        if (!call) return 'nothing';
        const caller = { ...run, runNo: call.runNo };
        const code = op.how;
        const breaker = await noteFailure(db, caller, { code, message: 'no use' });
        await holdOpen();
        const isFinal = code === 'agent_rejected';
        const charged = isFinal || (code === 'agent_error' && breaker !== 'open');
        const wait = breaker === 'closed' ? ({ phase: 'backoff', delayMs: 5_000 } as const) : PARKED;
        await failAttempt(db, caller, call.attempt, { code, message: 'no use', charged }, isFinal ? undefined : wait);
        if (isFinal) await endJob(db, caller, { status: 'failed', code, message: 'no use' });
        return breaker;
      }
      default:
        return 'nothing';
    }
  };
}
