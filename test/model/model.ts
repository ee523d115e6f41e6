import { type BulkOp, confirm, type ModelBulks, noBulks, preview, redriveRound, restore } from './bulks.ts';
import { cancel, enqueue, enqueueBatch } from './calls.ts';
import {
  carryOver,
  changeRow,
  deleteReceipt,
  endMismatched,
  isLive,
  isSameImage,
  isSameRow,
  jobShown,
  type ModelRow,
  move,
  sweepReceipts,
} from './receipt.ts';

/** Design §3 in plain values: what each operation makes of the jobs of a few receipts. No database, no time. */

export type Op =
  | { readonly op: 'enqueue' | 'force' | 'retry' | 'cancel' | 'delete' | 'priority'; readonly receipt: number }
  | BulkOp
  /** What an application does to the row of a receipt, by plain SQL. */
  | { readonly op: 'delete receipt' | 'id used again' | 'image changed'; readonly receipt: number }
  | {
      readonly op: 'batch' | 'pause' | 'resume' | 'agent comes back' | 'tick' | 'sweep' | 'worker lost' | 'time passes';
    }
  /** The workflow's steps, by its newest run, and by the run before it where there was one. */
  | { readonly op: 'begin' | 'answer' | 'save' | 'run lost'; readonly receipt: number }
  | { readonly op: 'fail'; readonly receipt: number; readonly how: 'backoff' | 'parked' | 'final' }
  | { readonly op: 'save of an older run' | 'answer of an older attempt'; readonly receipt: number };

export interface ModelCall {
  readonly runNo: number;
  readonly attempt: number;
}

export interface ModelJob {
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
}

export interface Model {
  paused: boolean;
  /** The breaker is open: an attempt has found the agent away. */
  away: boolean;
  worker: number;
  readonly receipts: ModelReceipt[];
}

export function emptyModel(receipts: number): Model {
  const receipt = (): ModelReceipt => ({ row: { no: 1, image: 'own' }, rows: 1, generations: [], bulks: noBulks() });
  return { paused: false, away: false, worker: 1, receipts: Array.from({ length: receipts }, receipt) };
}

const BETWEEN = ['queued/worker', 'deferred/backoff', 'deferred/paused'];

function begin(model: Model, receipt: ModelReceipt, job: ModelJob): string {
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
  if (model.away || model.paused) {
    move(job, model.away ? 'deferred/parked' : 'deferred/paused');
    return 'wait';
  }
  move(job, 'started/agent');
  job.attempt++;
  job.worker = model.worker;
  job.calls.push({ runNo: job.runNo, attempt: job.attempt });
  return 'call';
}

function loseAttempt(job: ModelJob): void {
  move(job, 'queued/worker');
  job.lost++;
  job.worker = undefined;
}

const isCurrent = (job: ModelJob, call: ModelCall) =>
  job.state === 'started/agent' && job.runNo === call.runNo && job.attempt === call.attempt;

function answer(receipt: ModelReceipt, job: ModelJob, call: ModelCall): string {
  if (isSameRow(receipt, job)) job.replied = true;
  if (isCurrent(job, call)) move(job, 'started/saving');
  return 'stored';
}

function save(receipt: ModelReceipt, job: ModelJob, runNo: number): string {
  if (runNo !== job.runNo) return 'not_current';
  if (job.replied && job.state === 'finished') return 'current';
  if (!isSameImage(receipt, job)) endMismatched(job);
  const maySave = [...BETWEEN, 'started/agent', 'started/saving'].includes(job.state);
  if (!job.replied || !maySave) return 'not_current';
  move(job, 'finished');
  return 'current';
}

function fail(model: Model, job: ModelJob, call: ModelCall, how: 'backoff' | 'parked' | 'final'): string {
  if (how === 'parked') model.away = true;
  if (isCurrent(job, call)) {
    if (how !== 'parked') job.charged++;
    job.worker = undefined;
    if (how !== 'final') move(job, `deferred/${how}`);
  }
  if (how !== 'final' || job.runNo !== call.runNo || !isLive(job)) return 'noted';
  move(job, job.state === 'started/canceling' ? 'canceled' : 'failed');
  return 'noted';
}

function sweepAttempt(model: Model, job: ModelJob): void {
  if (job.state === 'started/agent' && job.worker !== model.worker) loseAttempt(job);
  if (job.state === 'started/canceling' && job.aged) move(job, 'canceled');
  if (job.state === 'deferred/backoff' && job.aged) move(job, 'queued/worker');
  if (job.state === 'deferred/paused' && job.aged && !model.paused) move(job, 'queued/worker');
  if (job.state === 'started/saving' && job.aged) move(job, 'queued/worker');
}

function sweepRun(job: ModelJob): void {
  if (!job.runIsLost || !isLive(job) || !isInEngine(job) || job.state === 'started/canceling') return;
  job.runNo++;
  job.runIsLost = false;
  if (job.state !== 'started/agent') move(job, 'queued/worker');
}

const isInEngine = ({ state }: ModelJob) => state !== 'queued/admission' && state !== 'deferred/parked';

/** What calls nobody leaves the engine while the agent is away. */
function parkIdle(jobs: readonly ModelJob[]): void {
  for (const job of jobs) {
    if ((job.state === 'queued/worker' || job.state === 'deferred/backoff') && !job.replied)
      move(job, 'deferred/parked');
  }
}

function unpark(job: ModelJob): void {
  if (job.state !== 'deferred/parked') return;
  move(job, 'queued/admission');
  job.runNo++;
  job.runIsLost = false;
}

function tick(model: Model, jobs: readonly ModelJob[]): void {
  if (model.away) parkIdle(jobs);
  if (model.paused || model.away) return;
  for (const job of jobs) if (job.state === 'queued/admission') move(job, 'queued/worker');
}

/** A live job that waits for its next attempt or for the agent is released; the gate looks at once. */
function retry(model: Model, receipt: ModelReceipt): string {
  const outcome = enqueue(receipt, 'retry');
  const last = receipt.generations.at(-1);
  if (!last || (outcome !== 'same' && outcome !== 'not_retryable')) return outcome;
  if (last.state !== 'deferred/backoff' && last.state !== 'deferred/parked') return outcome;
  if (last.state === 'deferred/parked') unpark(last);
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
      model.away = false;
      return 'done';
    case 'sweep':
      if (model.away) parkIdle(jobs);
      for (const job of jobs) sweepAttempt(model, job);
      sweepReceipts(model);
      for (const receipt of model.receipts) redriveRound(receipt, () => enqueue(receipt, 'retry'));
      for (const job of jobs) sweepRun(job);
      return 'done';
    case 'worker lost':
      model.worker++;
      return 'done';
    case 'time passes':
      for (const job of jobs) job.aged = true;
      return 'done';
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
      return enqueue(receipt, op.op);
    case 'cancel':
      return cancel(jobShown(receipt));
    case 'priority': {
      const shown = jobShown(receipt);
      return !shown ? 'job_not_found' : isLive(shown) && !isInEngine(shown) ? 'done' : 'not_waiting';
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
  }
  // A workflow exists only for what was admitted.
  if (!job || !wasStarted(job)) return 'nothing';
  const call = op.op === 'answer of an older attempt' ? job.calls.at(-2) : job.calls.at(-1);
  switch (op.op) {
    case 'begin':
      return begin(model, receipt, job);
    case 'save':
      return save(receipt, job, job.runNo);
    case 'save of an older run':
      return job.runNo === 1 ? 'nothing' : save(receipt, job, job.runNo - 1);
    case 'run lost':
      if (isLive(job)) job.runIsLost = true;
      return 'done';
    case 'answer':
    case 'answer of an older attempt':
      return call ? answer(receipt, job, call) : 'nothing';
    case 'fail':
      return call ? fail(model, job, call, op.how) : 'nothing';
  }
}

/** False for what has ended, or still waits, before any gate let it in. */
export function wasStarted(job: ModelJob): boolean {
  const hasEnded = job.state === 'canceled' || job.state === 'failed';
  return isInEngine(job) && !(hasEnded && job.attempt === 0);
}
