import { parseJobId } from '../contract/job.ts';
import { readHistory } from '../ledger/insight/history.ts';
import { type OneJobRow, readJob } from '../ledger/jobs.ts';
import { explain, type ParentWait, parentWait } from '../words/explain.ts';
import type { Caller } from './caller.ts';
import type { HandlerDeps } from './deps.ts';
import { jobView, latestJobView } from './job-view.ts';
import { askedJob, isOwn, readOwnJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';

/** Also of a job that is past its retention, or whose receipt was deleted: what is still known of it. */
export function createExplainJob(deps: HandlerDeps): Handlers['explainJob'] {
  return async ({ job_id }, caller) => {
    const { db } = caller;
    const asked = askedJob(db.kinds, job_id);
    const row = await readOwnJob(caller, asked, job_id);
    const view = asked.generation === undefined ? latestJobView : jobView;
    const job = view(row, deps.workflowIdPrefix);
    const { generation, status, phase } = job;
    const explanation = explain(job, row, await readHistory(db, row.job_no), await parentsOf(deps, caller, row));
    return { job_id: job.job_id, generation, status, phase, ...explanation, ...row.bill };
  };
}

/** So many are told of. */
const TOLD_PARENTS = 3;

async function parentsOf(deps: HandlerDeps, caller: Caller, { wait }: OneJobRow): Promise<ParentWait[]> {
  const told: ParentWait[] = [];
  for (const { job_id } of (wait?.parents ?? []).slice(0, TOLD_PARENTS)) {
    const asked = parseJobId(job_id);
    // An exact generation, also where its id does not show the number.
    const row = asked && (await readJob(caller.db, caller.tenant, { ...asked, generation: asked.generation ?? 1 }));
    if (row && isOwn(row, caller)) told.push(parentWait(jobView(row, deps.workflowIdPrefix), row));
  }
  return told;
}
