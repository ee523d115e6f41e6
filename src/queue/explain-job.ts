import { readHistory } from '../ledger/history.ts';
import { readJob } from '../ledger/jobs.ts';
import { explain } from '../words/explain.ts';
import type { HandlerDeps } from './deps.ts';
import { jobView, latestJobView } from './job-view.ts';
import { askedJob, ownJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';

/** Also of a job that is past its retention, or whose receipt was deleted: what is still known of it. */
export function createExplainJob(deps: HandlerDeps): Handlers['explainJob'] {
  return async ({ job_id }, caller) => {
    const { db, tenant } = caller;
    const asked = askedJob(db.kinds, job_id);
    const row = ownJob(await readJob(db, tenant, asked), caller, job_id);
    const view = asked.generation === undefined ? latestJobView : jobView;
    const job = view(row, deps.workflowIdPrefix);
    const { generation, status, phase } = job;
    const { paid_calls, costs } = row;
    const explanation = explain(job, row, await readHistory(db, row.job_no));
    return { job_id: job.job_id, generation, status, phase, ...explanation, paid_calls, costs };
  };
}
