import type { Model, ModelCall, ModelJob } from './model.ts';
import { isInEngine, isLive, move } from './receipt.ts';

/** What limits the jobs of the owner of a sequence. Anyone who has a receipt's id later is another owner, and is not limited. */
export interface ModelLimits {
  isPaused: boolean;
  /** So many in flight; undefined = no cap. */
  inFlight: number | undefined;
  /** What the calls of the owner have cost. */
  spent: number;
  budget: number | undefined;
}

export type LimitOp = 'pause owner' | 'resume owner' | 'cap 0' | 'cap 1' | 'cap off' | 'budget' | 'budget off';
/** A budget that two calls use up, which cost one each. */
export const BUDGET = 2;

export const noLimits = (): ModelLimits => ({ isPaused: false, inFlight: undefined, spent: 0, budget: undefined });

/** What lifts every limit: a person does that, and I1 counts from there. */
export const LIFTED: readonly LimitOp[] = ['resume owner', 'cap off', 'budget off'];

export function setLimit({ limits }: Model, op: LimitOp): string {
  switch (op) {
    case 'pause owner':
    case 'resume owner':
      limits.isPaused = op === 'pause owner';
      break;
    case 'cap 0':
    case 'cap 1':
      limits.inFlight = op === 'cap 0' ? 0 : 1;
      break;
    case 'cap off':
      limits.inFlight = undefined;
      break;
    case 'budget':
      limits.budget = BUDGET;
      break;
    case 'budget off':
      limits.budget = undefined;
  }
  return 'done';
}

const isOfOwner = (job: ModelJob) => job.row.no === 1;

/** No call of the agent begins for it. */
export function isHeld({ paused, limits }: Model, job: ModelJob): boolean {
  const { isPaused, inFlight, budget, spent } = limits;
  return paused || (isOfOwner(job) && (isPaused || inFlight === 0 || (budget !== undefined && spent >= budget)));
}

/** An answer is on the bill once, whatever becomes of it. */
export function pay({ limits }: Model, job: ModelJob, call: ModelCall): void {
  if (call.isPaid) return;
  call.isPaid = true;
  if (isOfOwner(job)) limits.spent++;
}

const isActive = (job: ModelJob) => isLive(job) && (job.state.startsWith('started/') || job.state === 'queued/worker');

/** Lets jobs into the window: of an owner who is limited those of the highest priority, the first accepted first. */
export function admit(model: Model, jobs: readonly ModelJob[]): void {
  if (model.away) return;
  const active = jobs.filter((job) => isOfOwner(job) && isActive(job)).length;
  let room = (model.limits.inFlight ?? Number.POSITIVE_INFINITY) - active;
  const waiting = jobs.filter((job) => job.state === 'queued/admission' && !isHeld(model, job));
  for (const job of waiting.sort((one, other) => one.priority - other.priority || one.no - other.no)) {
    if (isOfOwner(job) && room-- <= 0) continue;
    move(job, 'queued/worker');
  }
}

/** Is its turn still to come, so that its priority counts? */
export const mayBeMoved = (job: ModelJob) => isLive(job) && !isInEngine(job);
