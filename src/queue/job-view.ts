import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { type Job, NOT_RUN_AGAIN } from '../contract/fields.ts';
import { answeredIdOf, isTerminal, jobIdOf, type Phase, priorityOf, type Status } from '../contract/job.ts';
import { workflowIdOf } from '../contract/names.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { waitingFor } from '../words/waiting-for.ts';

const MAX_COUNTED_AHEAD = 1_000;

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

const isHeld = (row: JobRow): boolean => row.wait?.cap?.in_flight === 0;

/** A wait that has passed is one for a worker, also before the sweep has said so. */
function stateNow(row: JobRow): { status: Status; phase: Phase | null } {
  const due =
    row.status === 'deferred' &&
    (row.phase === 'backoff' || (row.phase === 'paused' && !isHeld(row))) &&
    row.next_attempt_at !== null &&
    row.next_attempt_at <= row.now;
  return due ? { status: 'queued', phase: 'worker' } : { status: row.status, phase: row.phase };
}

/** Rough on purpose: rounds of the live slots, each as long as jobs took lately. */
function etaOf(row: JobRow, status: Status): number | null {
  const facts = row.wait;
  if (isTerminal(status) || !facts || facts.avg_run_ms === null || facts.agent_slots === 0 || isHeld(row)) return null;
  const runS = facts.avg_run_ms / 1000;
  if (status === 'scheduled') {
    return Math.max(1, Math.ceil(((row.run_at ?? row.now).getTime() - row.now.getTime()) / 1000 + runS));
  }
  if (status === 'started') {
    const ranS = (row.now.getTime() - row.state_since.getTime()) / 1000;
    return Math.max(1, Math.ceil(runS - ranS));
  }
  if (status === 'deferred') {
    if (!row.next_attempt_at) return null;
    return Math.max(1, Math.ceil((row.next_attempt_at.getTime() - row.now.getTime()) / 1000 + runS));
  }
  return Math.max(1, Math.ceil((Math.floor((facts.ahead ?? 0) / facts.agent_slots) + 1) * runS));
}

function errorOf(row: JobRow): Job['error'] {
  if (row.error_code === null || row.status === 'finished' || row.status === 'canceled') return null;
  const known = Object.hasOwn(ERRORS, row.error_code) ? (row.error_code as ErrorCode) : 'internal';
  return {
    code: row.error_code,
    message: row.error_message ?? ERRORS[known].title,
    hint: isOver(row) && !known.endsWith('_deleted') ? NOT_RUN_AGAIN : ERRORS[known].hint,
    retryable: row.status === 'failed' && !isOver(row),
  };
}

/** A later generation has taken its place, or there is nothing left to read. */
const isOver = (row: JobRow) => isTerminal(row.status) && (row.superseded || row.subject_gone);

function nextOf(row: JobRow, status: Status, etaS: number | null): Job['next'] {
  if (status === 'finished' || isOver(row)) return null;
  if (status === 'failed' || status === 'canceled') return { tool: 'retry_job', after_ms: 0 };
  return { tool: 'get_job_status', after_ms: pollAfterMs(etaS) };
}

/** When to ask again for what should have ended in so many seconds. */
export function pollAfterMs(etaS: number | null): number {
  return Math.min(60_000, Math.max(1_000, (etaS ?? 2) * 1_000));
}

/**
 * A ledger row → the job that every door shows.
 * @param prefix of workflow ids in this installation
 */
export function jobView(row: JobRow, prefix: string): Job {
  return viewOf(row, prefix, answeredIdOf(row));
}

/** `ocr-17` names the latest generation, so that is what an answer about the latest one is called. */
export function latestJobView(row: JobRow, prefix: string): Job {
  return viewOf(row, prefix, jobIdOf(row));
}

function viewOf(row: JobRow, prefix: string, jobId: string): Job {
  const { status, phase } = stateNow(row);
  const error = errorOf(row);
  const etaS = etaOf(row, status);
  const ahead = row.wait?.ahead ?? null;
  return {
    job_id: jobId,
    generation: row.generation,
    receipt_id: row.subject,
    user_id: row.user_id,
    status,
    phase,
    priority: priorityOf(row.priority),
    batch_id: row.batch_id,
    created_at: row.created_at.toISOString(),
    run_at: iso(row.run_at),
    started_at: iso(row.started_at),
    ended_at: iso(row.ended_at),
    waiting_for: waitingFor(row, status, phase),
    position: ahead === null ? null : ahead > MAX_COUNTED_AHEAD ? '1000+' : ahead,
    eta_s: etaS,
    attempts: row.attempt,
    attempts_charged: row.attempts_charged,
    next_attempt_at: status === 'deferred' ? iso(row.next_attempt_at) : null,
    give_up_at: row.give_up_at.toISOString(),
    workflow_id: workflowIdOf(row, prefix),
    result: row.result,
    error,
    exc_info: row.status === 'failed' && error ? `${error.code}: ${error.message}` : null,
    next: nextOf(row, status, etaS),
  };
}
