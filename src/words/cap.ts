import { ERRORS } from '../contract/errors.ts';
import type { WhoActs } from '../contract/operations/explain-job.ts';
import type { BreakerReason } from '../ledger/breaker/breaker.ts';
import type { Cap, HoldingCap } from '../ledger/caps.ts';
import { BREAKER_WORDS, isBreakerReason } from './breaker.ts';

type Words = Pick<Cap, 'in_flight' | 'user_id' | 'kind' | 'reason' | 'set_by'> & { readonly since: string | Date };

const at = (time: string | Date) => new Date(time).toISOString();

/** The jobs that a cap counts. */
function scopeOf({ user_id, kind }: Words): string {
  const jobs = kind === null ? 'jobs' : `${kind} jobs`;
  return user_id === null ? jobs : `${jobs} of user ${user_id}`;
}

const budgetOf = ({ user_id }: Words) =>
  user_id === null ? 'the budget of the queue' : `the budget of user ${user_id}`;

/** Reasons that have words of their own; any other is shown as it is. */
const WAITS_FOR: Readonly<Record<string, (cap: Words) => string>> = {
  engine_moving: (cap) => `the queue to have moved to another Temporal, which began at ${at(cap.since)}`,
  owner_paused: (cap) => `the jobs of user ${cap.user_id} to be resumed: ${cap.set_by} paused them at ${at(cap.since)}`,
  budget_exhausted: (cap) => `${budgetOf(cap)} to be raised, or its next period: it is used up since ${at(cap.since)}`,
  queue_paused: (cap) => `the queue to be resumed: ${cap.set_by} paused it at ${at(cap.since)}`,
};

/** What a job that has reached this cap waits for. */
export function waitForCap(cap: Words): string {
  const own = WAITS_FOR[cap.reason];
  if (own) return own(cap);
  if (isBreakerReason(cap.reason)) return waitForAgent(cap.reason, cap);
  const why = `(${cap.reason}, since ${at(cap.since)})`;
  return cap.in_flight === 0
    ? `a limit to be lifted: no ${scopeOf(cap)} may start ${why}`
    : `a place under a limit: ${scopeOf(cap)} may have ${cap.in_flight} in flight ${why}`;
}

function waitForAgent(reason: BreakerReason, { in_flight, since }: Words): string {
  if (in_flight > 0)
    return `its turn: the OCR agent is tried with ${in_flight} at once (${reason}, since ${at(since)})`;
  return `the OCR agent${BREAKER_WORDS[reason].waitsFor.replace(/^(?!,)/, ' ')} since ${at(since)}`;
}

/** Who must act so that a cap of 0 goes: a user may resume the own jobs, no matter who has paused them. */
export function whoLifts({ reason }: Words): WhoActs {
  if (isBreakerReason(reason)) return BREAKER_WORDS[reason].who;
  return reason === 'owner_paused' ? 'owner' : 'operator';
}

/** A cap of 0 as a problem. */
export function problemOfCap(cap: HoldingCap): { message: string; hint: string } {
  if (cap.reason === 'queue_paused') return { message: 'The queue is paused.', hint: ERRORS.queue_paused.hint };
  if (cap.reason === 'owner_paused') {
    const why = cap.note === null ? '' : `: ${cap.note}`;
    return {
      message: `The jobs of user ${cap.user_id} are paused by ${cap.set_by}${why}.`,
      hint: `Resume them: POST /queue/resume with user_id (pantry-queue queue resume --user-id ${cap.user_id}).`,
    };
  }
  if (cap.reason === 'budget_exhausted') {
    const whose = budgetOf(cap);
    return {
      message: `${whose[0]?.toUpperCase()}${whose.slice(1)} is used up: ${cap.note}.`,
      hint: ERRORS.budget_exhausted.hint,
    };
  }
  if (cap.reason === 'engine_moving') {
    return {
      message: `The queue is moving to another Temporal: ${cap.note}.`,
      hint: 'Where the move was broken off, run pantry-queue engine move again with the same target; --cancel gives it up.',
    };
  }
  const note = cap.note === null ? '' : `: ${cap.note}`;
  return {
    message: `No ${scopeOf(cap)} may start (${cap.reason}${note}).`,
    hint: 'They go on by themselves when the limit is lifted.',
  };
}
