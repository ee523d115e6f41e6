import { listLiveWorkers } from '../ledger/processes/workers.ts';
import type { Cursors } from './cursors.ts';
import { listPage } from './list-page.ts';
import type { Handlers } from './pipeline.ts';

export function createListWorkers(cursors: Cursors): Handlers['listWorkers'] {
  return async (asked, { db: { apart: db }, tenant, userId }) => {
    const { rows: workers, next_cursor } = await listPage(cursors, asked, {
      list: ['list_workers', tenant, userId ?? 0],
      read: (page) => listLiveWorkers(db, { tenant, userId: userId ?? 0, ...page }),
      view: ({ worker_id: _id, started_at, doing, ...row }) => ({
        ...row,
        started_at: started_at.toISOString(),
        doing: doing.map((job) => ({ ...job, since: new Date(job.since).toISOString() })),
      }),
      keyOf: ({ name, worker_id }) => [name, worker_id],
    });
    return { workers, next_cursor };
  };
}
