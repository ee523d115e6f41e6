import { invalidArgument } from '../contract/check-input.ts';
import { AppError } from '../contract/errors.ts';
import { type OnParentFailure, ocrOf } from '../contract/job.ts';
import { LATER } from '../contract/policies.ts';
import type { Db } from '../ledger/db.ts';
import type { Later } from '../ledger/enqueue/enqueue-rule.ts';
import { findParents, type Parent } from '../ledger/enqueue/parents.ts';
import type { JobRow } from '../ledger/job-row.ts';
import { noSuchJob } from './refusals.ts';

/** When a job may start, as callers say it. */
export interface AskedStart {
  readonly run_at?: string | undefined;
  readonly delay_seconds?: number | undefined;
  readonly after?: readonly string[] | undefined;
  readonly on_parent_failure?: OnParentFailure | undefined;
}

interface Start {
  /** Undefined: at once. */
  readonly later: Later | undefined;
  /** For the answer. */
  readonly notes: string[];
}

/**
 * Reads when jobs of these receipts may start.
 * @throws AppError where what is asked for contradicts itself, or a job that is named may not be waited for
 */
export async function startOf(
  db: Db,
  asked: AskedStart,
  whose: { tenant: string; userId: number | undefined },
  receiptIds: readonly number[],
): Promise<Start> {
  const { after, on_parent_failure: onParentFailure = 'fail' } = asked;
  if (after === undefined && asked.on_parent_failure !== undefined) {
    throw invalidArgument('on_parent_failure', 'invalid', 'on_parent_failure is about the jobs in after; name them.');
  }
  const { runAt, delayS, notes } = timeOf(asked, Date.now());
  const isTimed = runAt !== undefined || delayS !== undefined;
  if (after === undefined)
    return { later: isTimed ? { runAt, delayS, parents: [], onParentFailure } : undefined, notes };
  if (after.length * receiptIds.length > LATER.batchParents) {
    const message = `${receiptIds.length} receipts that wait for ${after.length} jobs each are more than ${LATER.batchParents} waits. Name fewer of either.`;
    throw invalidArgument('after', 'too_big', message);
  }
  const parents = await findParents(db, after, { ...whose, of: receiptIds.map(ocrOf) });
  parents.forEach((parent, index) => {
    refuse(parent, index, onParentFailure);
  });
  const waits = [...new Set(parents.flatMap(({ verdict, job_no }) => (verdict === 'waits' && job_no ? [job_no] : [])))];
  if (waits.length === 0 && !isTimed) {
    return { later: undefined, notes: [...notes, 'All jobs in after have ended already, so it starts at once.'] };
  }
  return { later: { runAt, delayS, parents: waits, onParentFailure }, notes };
}

function timeOf({ run_at, delay_seconds }: AskedStart, nowMs: number) {
  if (run_at !== undefined && delay_seconds !== undefined) {
    throw invalidArgument('delay_seconds', 'invalid', 'Give either run_at or delay_seconds.');
  }
  if (run_at !== undefined && Date.parse(run_at) <= nowMs) {
    return { runAt: undefined, delayS: undefined, notes: [`run_at ${run_at} has passed, so it starts at once.`] };
  }
  const notes: string[] = [];
  return { runAt: run_at, delayS: delay_seconds === 0 ? undefined : delay_seconds, notes };
}

function refuse({ verdict, job_id, status }: Parent, index: number, onParentFailure: OnParentFailure): void {
  const pointer = `/after/${index}`;
  if (verdict === 'not_found') {
    const { message } = noSuchJob(job_id);
    throw new AppError('job_not_found', message, { fields: [{ pointer, code: 'job_not_found', message }] });
  }
  if (verdict === 'circle') {
    const message = `${job_id} waits for this receipt, or is its own job: they would wait for each other.`;
    throw new AppError('dependency_circle', message, { fields: [{ pointer, code: 'dependency_circle', message }] });
  }
  if (verdict === 'unfinished' && onParentFailure !== 'run') {
    const message = `${job_id} is ${status}, so nothing was queued to run after it.`;
    throw new AppError('dependency_failed', message, {
      hint: 'Retry that job first, or give on_parent_failure: run.',
      fields: [{ pointer, code: 'dependency_failed', message }],
    });
  }
}

/** In which of its arguments about the start an existing job is different. */
export function startDifferences(row: JobRow, asked: AskedStart, later: Later | undefined): string[] {
  const differs: string[] = [];
  const runAtMs = row.run_at?.getTime();
  if (later?.delayS !== undefined) {
    const delayS = Math.round(((runAtMs ?? 0) - row.created_at.getTime()) / 1_000);
    if (delayS !== later.delayS) differs.push('delay_seconds');
  } else if (later?.runAt === undefined ? row.status === 'scheduled' : Date.parse(later.runAt) !== runAtMs) {
    differs.push('run_at');
  }
  const parents = row.wait?.parents ?? [];
  const has = (parent: number) => parents.some(({ job_no }) => job_no === parent);
  if (asked.after === undefined ? parents.length > 0 : later?.parents.some((parent) => !has(parent))) {
    differs.push('after');
  }
  return differs;
}
