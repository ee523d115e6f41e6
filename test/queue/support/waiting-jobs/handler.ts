import type { z } from 'zod';
import { jobIdOf, ocrOf } from '../../../../src/contract/job.ts';
import type { Cursors } from '../../../../src/queue/cursors.ts';
import { listPage } from '../../../../src/queue/list-page.ts';
import type { Handler } from '../../../../src/queue/pipeline.ts';
import type { listWaitingJobs } from './row.ts';
import { waitingJobs } from './statement.ts';

type Row = typeof listWaitingJobs;

export function createListWaitingJobs(cursors: Cursors): Handler<z.infer<Row['input']>, z.infer<Row['output']>> {
  return async ({ priority, ...asked }, { db, tenant, owner }) => {
    const { rows: jobs, next_cursor } = await listPage(cursors, asked, {
      list: ['list_waiting_jobs', tenant, owner, priority],
      read: (page) => waitingJobs(db, { tenant, owner, priority, ...page }),
      view: (row) => ({ job_id: jobIdOf(ocrOf(row.subject)), priority: row.priority }),
      keyOf: (row) => [row.priority, row.job_no],
    });
    return { jobs, next_cursor };
  };
}
