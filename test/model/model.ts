/** Design §3 in plain values: what each operation makes of the jobs of a few receipts. No database, no time. */

export type Op =
  | { readonly op: 'enqueue' | 'force' | 'retry' | 'cancel'; readonly receipt: number }
  | { readonly op: 'batch' | 'pause' | 'resume' | 'tick' | 'sweep' | 'worker lost' | 'time passes' }
  /** The workflow's steps, by its newest run, and by the run before it where there was one. */
  | { readonly op: 'begin' | 'answer' | 'save' | 'run lost'; readonly receipt: number }
  | { readonly op: 'fail'; readonly receipt: number; readonly how: 'backoff' | 'parked' | 'final' }
  | { readonly op: 'save of an older run' | 'answer of an older attempt'; readonly receipt: number };

export interface ModelCall {
  readonly runNo: number;
  readonly attempt: number;
}

export interface ModelJob {
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

export interface Model {
  paused: boolean;
  worker: number;
  /** Generations by receipt, oldest first. */
  readonly receipts: ModelJob[][];
}

export function emptyModel(receipts: number): Model {
  return { paused: false, worker: 1, receipts: Array.from({ length: receipts }, () => []) };
}

const ENDS = ['finished', 'failed', 'canceled'];
const BETWEEN = ['queued/worker', 'deferred/parked', 'deferred/backoff', 'deferred/paused'];
export const isLive = (job: ModelJob) => !ENDS.includes(job.state);

function move(job: ModelJob, state: string): void {
  if (job.state !== state) job.aged = false;
  job.state = state;
}

function accept(generations: ModelJob[]): string {
  generations.push({
    state: 'queued/admission',
    runNo: 1,
    attempt: 0,
    charged: 0,
    lost: 0,
    replied: false,
    worker: undefined,
    calls: [],
    runIsLost: false,
    aged: false,
  });
  return 'new';
}

function enqueue(generations: ModelJob[], mode: 'enqueue' | 'force' | 'retry'): string {
  const last = generations.at(-1);
  if (!last) return mode === 'retry' ? 'job_not_found' : accept(generations);
  if (last.state === 'failed' || last.state === 'canceled') return accept(generations);
  if (last.state === 'finished')
    return mode === 'force' ? accept(generations) : mode === 'retry' ? 'not_retryable' : 'same';
  if (mode === 'force') return 'job_active';
  return mode === 'retry' && generations.length === 1 ? 'not_retryable' : 'same';
}

function cancel(job: ModelJob | undefined): string {
  if (!job) return 'job_not_found';
  if (job.state === 'finished' || job.state === 'failed') return 'not_cancellable';
  if (job.state === 'canceled' || job.state === 'started/canceling') return 'already';
  move(job, job.state === 'started/agent' ? 'started/canceling' : 'canceled');
  return 'canceled';
}

function begin(model: Model, job: ModelJob): string {
  if (!isLive(job) || job.state === 'started/canceling') return 'not_current';
  if (job.replied) return 'replied';
  if (job.state === 'started/agent') {
    if (job.worker === model.worker) return 'wait';
    loseAttempt(job);
  }
  if (model.paused) {
    move(job, 'deferred/paused');
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

function answer(job: ModelJob, call: ModelCall): string {
  job.replied = true;
  if (isCurrent(job, call)) move(job, 'started/saving');
  return 'stored';
}

function save(job: ModelJob, runNo: number): string {
  if (!job.replied) return 'not_current';
  const maySave = [...BETWEEN, 'started/agent', 'started/saving'].includes(job.state);
  if (maySave && runNo === job.runNo) move(job, 'finished');
  return job.state === 'finished' && runNo === job.runNo ? 'current' : 'not_current';
}

function fail(job: ModelJob, call: ModelCall, how: 'backoff' | 'parked' | 'final'): string {
  if (isCurrent(job, call)) {
    if (how !== 'parked') job.charged++;
    job.worker = undefined;
    if (how !== 'final') move(job, `deferred/${how}`);
  }
  if (how !== 'final' || job.runNo !== call.runNo || !isLive(job)) return 'noted';
  move(job, job.state === 'started/canceling' ? 'canceled' : 'failed');
  return 'noted';
}

function sweep(model: Model, job: ModelJob): void {
  if (job.state === 'started/agent' && job.worker !== model.worker) loseAttempt(job);
  if (job.state === 'started/canceling' && job.aged) move(job, 'canceled');
  if ((job.state === 'deferred/backoff' || job.state === 'deferred/parked') && job.aged) move(job, 'queued/worker');
  if (job.state === 'deferred/paused' && job.aged && !model.paused) move(job, 'queued/worker');
  if (job.state === 'started/saving' && job.aged) move(job, 'queued/worker');
  if (!job.runIsLost || !isLive(job) || job.state === 'queued/admission' || job.state === 'started/canceling') return;
  job.runNo++;
  job.runIsLost = false;
  if (job.state !== 'started/agent') move(job, 'queued/worker');
}

/** Changes the model as the operation must; @returns the answer that the queue must give. */
export function apply(model: Model, op: Op): string {
  const jobs = model.receipts.flat();
  switch (op.op) {
    case 'batch':
      return model.receipts.map((generations) => enqueue(generations, 'enqueue')).join();
    case 'pause':
    case 'resume':
      model.paused = op.op === 'pause';
      return 'done';
    case 'tick':
      if (!model.paused) for (const job of jobs) if (job.state === 'queued/admission') move(job, 'queued/worker');
      return 'done';
    case 'sweep':
      for (const job of jobs) sweep(model, job);
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
  const generations = model.receipts[op.receipt] ?? [];
  const job = generations.at(-1);
  if (op.op === 'enqueue' || op.op === 'force' || op.op === 'retry') return enqueue(generations, op.op);
  if (op.op === 'cancel') return cancel(job);
  // A workflow exists only for what was admitted.
  if (!job || !wasStarted(job)) return 'nothing';
  const call = op.op === 'answer of an older attempt' ? job.calls.at(-2) : job.calls.at(-1);
  switch (op.op) {
    case 'begin':
      return begin(model, job);
    case 'save':
      return save(job, job.runNo);
    case 'save of an older run':
      return job.runNo === 1 ? 'nothing' : save(job, job.runNo - 1);
    case 'run lost':
      if (isLive(job)) job.runIsLost = true;
      return 'done';
    case 'answer':
    case 'answer of an older attempt':
      return call ? answer(job, call) : 'nothing';
    case 'fail':
      return call ? fail(job, call, op.how) : 'nothing';
  }
}

/** False for what was canceled, or still waits, before any gate let it in. */
export function wasStarted(job: ModelJob): boolean {
  return job.state !== 'queued/admission' && !(job.state === 'canceled' && job.attempt === 0);
}
