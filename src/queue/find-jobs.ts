import { jobIdOf, priorityOf } from '../contract/job.ts';
import type { JobInBrief } from '../contract/operations/find-jobs.ts';
import { type FoundJob, findJobs, placeOf } from '../ledger/find-jobs.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export function createFindJobs(cursors: Cursors): Handlers['findJobs'] {
  return async ({ limit, cursor, ...filter }, { db, tenant, userId }) => {
    const { rows: jobs, next_cursor } = await listPage(
      cursors,
      { limit, cursor },
      {
        list: ['find_jobs', tenant, userId, filter],
        read: (page) => findJobs(db, filter, { tenant, userId }, page),
        view: briefView,
        keyOf: (row) => placeOf(filter, row),
      },
    );
    return { jobs, next_cursor };
  };
}

const iso = (time: Date | null) => time?.toISOString() ?? null;

/** As the ledger has it now: a wait that has just passed is one until a sweep has said so, as the filter finds it. */
function briefView(row: FoundJob): JobInBrief {
  return {
    job_id: jobIdOf(row),
    generation: row.generation,
    receipt_id: row.subject,
    user_id: row.user_id,
    status: row.status,
    phase: row.phase,
    priority: priorityOf(row.priority),
    merchant: row.about?.name ?? null,
    total_amount: row.about?.total_amount ?? null,
    currency: row.about?.currency ?? null,
    needs_review: row.about?.needs_review ?? false,
    batch_id: row.batch_id,
    attempts: row.attempt,
    error_code: row.status === 'finished' || row.status === 'canceled' ? null : row.error_code,
    fingerprint: row.fingerprint,
    created_at: row.created_at.toISOString(),
    started_at: iso(row.started_at),
    ended_at: iso(row.ended_at),
    next_attempt_at: row.status === 'deferred' ? iso(row.next_attempt_at) : null,
    cleared_at: iso(row.cleared_at),
  };
}
