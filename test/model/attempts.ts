import { isHeld, pay } from './limits.ts';
import type { Failure, Model, ModelCall, ModelJob, ModelReceipt } from './model.ts';
import { carryOver, endMismatched, isInEngine, isLive, isSameImage, isSameRow, move } from './receipt.ts';
import { type ModelReading, saveReading } from './reviews.ts';

/** The steps of a job's workflow: each attempt of it calls the agent, and what comes of that. */

/** Different jobs that meet an error in a row open the breaker. */
const SAME_ERROR_JOBS = 5;

const BETWEEN = ['queued/worker', 'deferred/backoff', 'deferred/paused'];

export function begin(model: Model, receipt: ModelReceipt, job: ModelJob): string {
  // The first attempt of a job writes to its receipt before it begins.
  if (job.attempt === 0 && !isSameImage(receipt, job)) endMismatched(job);
  if (!job.replied) carryOver(receipt, job);
  if (!isLive(job) || !isInEngine(job) || job.state === 'started/canceling') return 'not_current';
  if (!isSameImage(receipt, job)) {
    endMismatched(job);
    return 'mismatch';
  }
  if (job.replied) return 'replied';
  if (job.state === 'started/agent') {
    if (job.worker === model.worker) return 'wait';
    loseAttempt(job);
  }
  if (model.away || isHeld(model, job)) {
    move(job, model.away ? 'deferred/parked' : 'deferred/paused');
    return 'wait';
  }
  move(job, 'started/agent');
  job.attempt++;
  job.worker = model.worker;
  job.calls.push({ runNo: job.runNo, attempt: job.attempt, isPaid: false });
  return 'call';
}

export function loseAttempt(job: ModelJob): void {
  move(job, 'queued/worker');
  job.lost++;
  job.worker = undefined;
}

const isCurrent = (job: ModelJob, call: ModelCall) =>
  job.state === 'started/agent' && job.runNo === call.runNo && job.attempt === call.attempt;

export function answer(
  model: Model,
  receipt: ModelReceipt,
  job: ModelJob,
  call: ModelCall,
  reading: ModelReading,
): string {
  pay(model, job, call);
  model.sameError.clear();
  if (isSameRow(receipt, job)) {
    if (!job.replied) job.reading = reading;
    job.replied = true;
  }
  if (isCurrent(job, call)) move(job, 'started/saving');
  return 'stored';
}

export function save(model: Model, receipt: ModelReceipt, job: ModelJob, runNo: number): string {
  if (runNo !== job.runNo) return 'not_current';
  if (job.replied && job.state === 'finished') return 'current';
  if (!isSameImage(receipt, job)) endMismatched(job);
  const maySave = [...BETWEEN, 'started/agent', 'started/saving'].includes(job.state);
  if (!job.replied || !maySave) return 'not_current';
  move(job, 'finished');
  saveReading(model, receipt, job);
  return 'current';
}

/** What the breaker makes of a failure. */
function meet(model: Model, job: ModelJob, failure: Failure): 'closed' | 'opened' | 'open' {
  if (failure === 'agent_rejected') model.sameError.clear();
  if (failure === 'agent_rejected') return 'closed';
  if (model.away) return 'open';
  if (failure === 'agent_error' && model.sameError.add(job).size < SAME_ERROR_JOBS) return 'closed';
  model.sameError.clear();
  model.away = true;
  return 'opened';
}

export function fail(model: Model, job: ModelJob, call: ModelCall, failure: Failure): string {
  const breaker = meet(model, job, failure);
  const isFinal = failure === 'agent_rejected';
  if (isCurrent(job, call)) {
    if (isFinal || (failure === 'agent_error' && breaker !== 'open')) job.charged++;
    job.worker = undefined;
    if (!isFinal) move(job, breaker === 'closed' ? 'deferred/backoff' : 'deferred/parked');
  }
  if (!isFinal || job.runNo !== call.runNo || !isLive(job)) return breaker;
  move(job, job.state === 'started/canceling' ? 'canceled' : 'failed');
  return breaker;
}
