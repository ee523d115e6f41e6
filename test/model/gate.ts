import { loseAttempt } from './attempts.ts';
import { admit, isHeld } from './limits.ts';
import type { Model, ModelJob } from './model.ts';
import { isInEngine, isLive, move } from './receipt.ts';

/** What the rounds of the gate do. */

export function sweepAttempt(model: Model, job: ModelJob): void {
  if (job.state === 'started/agent' && job.worker !== model.worker) loseAttempt(job);
  if (job.state === 'started/canceling' && job.aged) move(job, 'canceled');
  if (job.state === 'deferred/backoff' && job.aged) move(job, 'queued/worker');
  const isHeldNow = model.away || isHeld(model, job);
  if (job.state === 'deferred/paused' && job.aged && !isHeldNow) move(job, 'queued/worker');
  if (job.state === 'started/saving' && job.aged) move(job, 'queued/worker');
}

export function sweepRun(job: ModelJob): void {
  if (!job.runIsLost || !isLive(job) || !isInEngine(job) || job.state === 'started/canceling') return;
  job.runNo++;
  job.runIsLost = false;
  if (job.state !== 'started/agent') move(job, 'queued/worker');
}

/** What calls nobody leaves the engine while the agent is away. */
export function parkIdle(jobs: readonly ModelJob[]): void {
  for (const job of jobs) {
    if ((job.state === 'queued/worker' || job.state === 'deferred/backoff') && !job.replied)
      move(job, 'deferred/parked');
  }
}

export function unpark(job: ModelJob): void {
  if (job.state !== 'deferred/parked') return;
  move(job, 'queued/admission');
  job.runNo++;
  job.runIsLost = false;
}

export function tick(model: Model, jobs: readonly ModelJob[]): void {
  if (model.away) parkIdle(jobs);
  admit(model, jobs);
}
