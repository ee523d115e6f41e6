import { jobIdOf } from '../contract/job.ts';
import type { Failure } from '../contract/operations/failed-jobs.ts';
import { redriveHint, redriveOf } from '../contract/redrive.ts';
import { type FailureRow, listFailures } from '../ledger/insight/failures.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export function createFailedJobs(cursors: Cursors): Handlers['failedJobs'] {
  return async ({ limit, cursor }, { db, tenant, userId }) => {
    const { rows: failures, next_cursor } = await listPage(
      cursors,
      { limit, cursor },
      {
        list: ['failed_jobs', tenant, userId],
        read: (page) => listFailures(db, { tenant, userId, ...page }),
        view: failureView,
        keyOf: ({ error_code, fingerprint }) => [error_code, fingerprint],
      },
    );
    return { failures, next_cursor };
  };
}

function failureView(row: FailureRow): Failure {
  return {
    ...row,
    first_at: row.first_at.toISOString(),
    last_at: row.last_at.toISOString(),
    samples: row.samples.map(jobIdOf),
    redrive: redriveOf(row.error_code),
    hint: redriveHint(row.error_code),
  };
}
