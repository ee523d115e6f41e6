import { answer, begin, fail, save } from './attempts.ts';
import { type BulkOp, confirm, type ModelBulks, noBulks, preview, redriveRound, restore } from './bulks.ts';
import { cancel, enqueue, enqueueBatch } from './calls.ts';
import { parkIdle, sweepAttempt, sweepRun, tick, unpark } from './gate.ts';
import { enqueueAfter, fireSchedule, type LaterOp, type ModelWait, releaseScheduled, settleWaits } from './later.ts';
import { type LimitOp, type ModelLimits, mayBeMoved, noLimits, setLimit } from './limits.ts';
import type { DeliveryOp } from './real-deliveries.ts';
import {
  changeRow,
  deleteReceipt,
  isInEngine,
  isLive,
  jobShown,
  type ModelRow,
  move,
  sweepReceipts,
} from './receipt.ts';
import {
  type AnswerOp,
  type ModelReading,
  type ModelReview,
  notReviewed,
  READINGS,
  type ReviewOp,
  review,
} from './reviews.ts';

/** Design §3 in plain values: what each operation makes of the jobs of a few receipts. No database, no time. */

export type Op =
  | { readonly op: 'enqueue' | 'force' | 'retry' | 'cancel' | 'delete' | 'priority'; readonly receipt: number }
  | BulkOp
  | LaterOp
  | { readonly op: LimitOp | DeliveryOp }
  | { readonly op: ReviewOp; readonly receipt: number }
  /** What an application does to the row of a receipt, by plain SQL. */
  | { readonly op: 'delete receipt' | 'id used again' | 'image changed'; readonly receipt: number }
  | {
      readonly op: 'batch' | 'pause' | 'resume' | 'agent comes back' | 'tick' | 'sweep' | 'worker lost' | 'time passes';
    }
  /** The workflow's steps, by its newest run, and by the run before it where there was one. */
  | { readonly op: 'begin' | AnswerOp | 'save' | 'run lost'; readonly receipt: number }
  | { readonly op: 'fail'; readonly receipt: number; readonly how: Failure }
  | { readonly op: 'save of an older run' | 'answer of an older attempt'; readonly receipt: number };

/** An error that other jobs may meet too, an agent that cannot be reached or asks to wait, a verdict on the one receipt. */
export const FAILURES = ['agent_error', 'agent_unavailable', 'agent_rate_limited', 'agent_rejected'] as const;
export type Failure = (typeof FAILURES)[number];

export interface ModelCall {
  readonly runNo: number;
  readonly attempt: number;
  isPaid: boolean;
}

export interface ModelJob {
  /** In the order in which they were accepted. */
  readonly no: number;
  priority: number;
  wait: ModelWait | undefined;
  /** The row that it was made for. */
  readonly row: ModelRow;
  /** Its receipt was deleted, and what was read in it is gone. */
  isForgotten: boolean;
  /** A person has taken its failure out of the counts. */
  isCleared: boolean;
  state: string;
  runNo: number;
  attempt: number;
  charged: number;
  lost: number;
  replied: boolean;
  /** What its stored reply says. */
  reading: ModelReading | undefined;
  /** Which worker holds the attempt. */
  worker: number | undefined;
  calls: ModelCall[];
  runIsLost: boolean;
  /** Time has passed since the last change of state. */
  aged: boolean;
}

export interface ModelReceipt {
  /** What stands under its id now. */
  row: ModelRow | undefined;
  /** How many rows have had the id. */
  rows: number;
  /** Oldest first. */
  readonly generations: ModelJob[];
  readonly bulks: ModelBulks;
  review: ModelReview;
}

export interface Model {
  paused: boolean;
  /** The breaker is open: attempts have found the agent away. */
  away: boolean;
  /** Those that have met the same error in a row. */
  readonly sameError: Set<ModelJob>;
  readonly limits: ModelLimits;
  accepted: number;
  worker: number;
  readonly receipts: ModelReceipt[];
}

export function emptyModel(receipts: number): Model {
  const receipt = (): ModelReceipt => ({
    row: { no: 1, image: 'own' },
    rows: 1,
    generations: [],
    bulks: noBulks(),
    review: notReviewed(),
  });
  return {
    ...{ paused: false, away: false, worker: 1, accepted: 0 },
    sameError: new Set(),
    limits: noLimits(),
    receipts: Array.from({ length: receipts }, receipt),
  };
}

/** A live job that waits for its next attempt or for the agent is released; the gate looks at once. */
function retry(model: Model, receipt: ModelReceipt): string {
  const { priority } = jobShown(receipt) ?? {};
  const outcome = enqueue(model, receipt, 'retry', priority === undefined ? {} : { priority });
  const last = receipt.generations.at(-1);
  if (!last || (outcome !== 'same' && outcome !== 'not_retryable')) return outcome;
  const { state } = last;
  if (state !== 'deferred/backoff' && state !== 'deferred/parked' && state !== 'scheduled') return outcome;
  if (state === 'deferred/parked') unpark(last);
  else if (state === 'scheduled') move(last, 'queued/admission');
  else {
    move(last, 'queued/worker');
    last.runNo++;
    last.runIsLost = false;
  }
  tick(
    model,
    model.receipts.flatMap(({ generations }) => generations),
  );
  return 'same';
}

/** Changes the model as the operation must; @returns the answer that the queue must give. */
export function apply(model: Model, op: Op): string {
  const jobs = model.receipts.flatMap(({ generations }) => generations);
  switch (op.op) {
    case 'batch':
      return enqueueBatch(model);
    case 'pause':
    case 'resume':
      model.paused = op.op === 'pause';
      return 'done';
    case 'tick':
      tick(model, jobs);
      return 'done';
    case 'agent comes back':
      if (model.away) for (const job of jobs) unpark(job);
      if (model.away) model.sameError.clear();
      model.away = false;
      return 'done';
    case 'sweep':
      if (model.away) parkIdle(jobs);
      for (const job of jobs) sweepAttempt(model, job);
      sweepReceipts(model);
      releaseScheduled(jobs);
      settleWaits(jobs);
      for (const receipt of model.receipts) {
        redriveRound(receipt, () => enqueue(model, receipt, 'retry', { priority: 5 }));
      }
      for (const job of jobs) sweepRun(job);
      return 'done';
    case 'worker lost':
      model.worker++;
      return 'done';
    case 'time passes':
      for (const job of jobs) job.aged = true;
      return 'done';
    case 'receiver refuses':
    case 'receiver takes':
    case 'deliver':
      // Nothing of a job depends on who hears of it.
      return 'done';
    case 'schedule':
      return op.seen ? fireSchedule(model, op.seen) : 'nobody has looked';
    case 'pause owner':
    case 'resume owner':
    case 'cap 0':
    case 'cap 1':
    case 'cap off':
    case 'budget':
    case 'budget off':
      return setLimit(model, op.op);
    default:
      return applyToReceipt(model, op);
  }
}

function applyToReceipt(model: Model, op: Extract<Op, { receipt: number }>): string {
  const receipt = model.receipts[op.receipt];
  if (!receipt) throw new Error(`there is no receipt ${op.receipt}`);
  const job = receipt.generations.at(-1);
  switch (op.op) {
    case 'retry':
      return retry(model, receipt);
    case 'enqueue':
    case 'force':
      return enqueue(model, receipt, op.op);
    case 'enqueue later':
      return enqueue(model, receipt, 'enqueue', { isLater: true });
    case 'enqueue after':
      return enqueueAfter(model, op.receipt, op.onParentFailure);
    case 'cancel':
      return cancel(jobShown(receipt));
    case 'priority': {
      const shown = jobShown(receipt);
      if (!shown) return 'job_not_found';
      if (!mayBeMoved(shown)) return 'not_waiting';
      shown.priority = 1;
      return 'done';
    }
    case 'delete':
      return deleteReceipt(receipt);
    case 'preview':
      return preview(receipt, op.call);
    case 'confirm':
      return confirm(receipt, op.call, cancel);
    case 'restore':
      return restore(receipt);
    case 'delete receipt':
    case 'id used again':
    case 'image changed':
      return changeRow(receipt, op.op);
    case 'confirm review':
    case 'reject review':
    case 'reviews expire':
      return review(receipt, op.op);
  }
  // A workflow exists only for what was admitted.
  if (!job || !wasStarted(job)) return 'nothing';
  const call = op.op === 'answer of an older attempt' ? job.calls.at(-2) : job.calls.at(-1);
  switch (op.op) {
    case 'begin':
      return begin(model, receipt, job);
    case 'save':
      return save(model, receipt, job, job.runNo);
    case 'save of an older run':
      return job.runNo === 1 ? 'nothing' : save(model, receipt, job, job.runNo - 1);
    case 'run lost':
      if (isLive(job)) job.runIsLost = true;
      return 'done';
    case 'answer':
    case 'answer in doubt':
    case 'answer as a twin':
      return call ? answer(model, receipt, job, call, READINGS[op.op]) : 'nothing';
    case 'answer of an older attempt':
      return call ? answer(model, receipt, job, call, READINGS.answer) : 'nothing';
    case 'fail':
      return call ? fail(model, job, call, op.how) : 'nothing';
  }
}

/** False for what has ended, or still waits, before any gate let it in. */
export function wasStarted(job: ModelJob): boolean {
  const hasEnded = job.state === 'canceled' || job.state === 'failed';
  return isInEngine(job) && !(hasEnded && job.attempt === 0);
}
