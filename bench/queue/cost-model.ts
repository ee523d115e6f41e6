import type { Composed, WorkerSettings } from '../../src/compose.ts';
import { jobIdOf, ocrOf } from '../../src/contract/job.ts';
import { workflowIdOf } from '../../src/contract/names.ts';
import { countDriverCalls, type DriverCalls } from './driver-calls.ts';
import { composeActivities } from './hand-driven.ts';
import { addReceipts, asOperator } from './queue.ts';

/** What a statement costs the database. */
type Kind = 'writes' | 'reads' | 'frames' | 'notifies';

/**
 * Every statement of a healthy job, in order: the cost model. `per` says what it is paid for: each job, each round of
 * the gate, which admits as many jobs as there is room for, or each process, once or by a timer that no job wakes.
 */
export const COST_MODEL: readonly {
  readonly step: string;
  readonly matches: RegExp;
  readonly kind: Kind;
  readonly per: 'job' | 'round' | 'process';
  readonly count: number;
}[] = [
  { step: 'enqueue', matches: /pantry_queue\.accept_ocr/, kind: 'writes', per: 'job', count: 1 },
  {
    step: 'gate: starts that nobody is at',
    matches: /set start_claimed_at = now\(\)\s+where j\.job_no in/,
    kind: 'reads',
    per: 'round',
    count: 1,
  },
  { step: 'gate: transaction', matches: /^begin$|^commit$/, kind: 'frames', per: 'round', count: 2 },
  { step: 'gate: admission lock', matches: /pg_try_advisory_xact_lock/, kind: 'reads', per: 'round', count: 1 },
  { step: 'gate: admit', matches: /^\s*with recursive open_jobs/, kind: 'writes', per: 'round', count: 1 },
  { step: 'gate: commands', matches: /update pantry_queue\.commands c/, kind: 'reads', per: 'round', count: 1 },
  { step: 'gate: may this run start', matches: /^select from pantry_queue\.jobs/, kind: 'reads', per: 'job', count: 1 },
  { step: 'gate: handed over', matches: /set handed_over_at = coalesce/, kind: 'writes', per: 'job', count: 1 },
  { step: 'updateStatus: which ledger', matches: /^select ledger_id/, kind: 'reads', per: 'job', count: 1 },
  { step: 'updateStatus: processing', matches: /^\s*with current as/, kind: 'writes', per: 'job', count: 1 },
  { step: 'callAgent: begin the attempt', matches: /^\s*with begun as/, kind: 'writes', per: 'job', count: 1 },
  { step: 'callAgent: store the reply', matches: /^\s*with overtaken as/, kind: 'writes', per: 'job', count: 1 },
  { step: 'saveResult: the reply', matches: /^select p\.raw, p\.sha256, \(/, kind: 'reads', per: 'job', count: 1 },
  { step: 'saveResult: the columns', matches: /pg_catalog\.pg_attribute/, kind: 'reads', per: 'process', count: 1 },
  {
    step: 'timer: this gate is alive',
    matches: /^\s*insert into pantry_queue\.gates/,
    kind: 'writes',
    per: 'process',
    count: 2,
  },
  { step: 'timer: the breaker', matches: /open_breaker\) as in_flight/, kind: 'reads', per: 'process', count: 1 },
  { step: 'timer: measure', matches: /^\s*with live as/, kind: 'reads', per: 'process', count: 1 },
  {
    step: 'audit: what was called meanwhile',
    matches: /^select pantry_queue\.append_audit/,
    kind: 'writes',
    per: 'round',
    count: 1,
  },
  { step: 'saveResult: save and finish', matches: /^\s*with saved as/, kind: 'writes', per: 'job', count: 1 },
];

/** What a connection is told when it is new, or works for another tenant: that depends on who meets whom, not on the job. */
const OF_A_CONNECTION = /pg_backend_pid\(\) = \$1 as direct|request_role\(\) as role|set_config\('role'|^reset role/;

/** At most one for each change, and never two within 20 ms: accepted, admitted, with the agent, replied, finished. */
export const MAX_NOTIFICATIONS = 5;

export interface JobCost {
  /** Times each step of the model was seen. */
  readonly steps: Readonly<Record<string, number>>;
  readonly notifications: number;
  /** Statements that the model does not know. */
  readonly unknown: readonly string[];
  readonly historyEvents: number;
  readonly historyBytes: number;
}

/**
 * One job, driven by hand: one round of the gate, no timers, so that what is counted is the job's own and exact.
 * @param base a queue whose gate is not started
 */
export async function countJob(base: Composed, settings: WorkerSettings): Promise<JobCost> {
  const [receiptId = 0] = await addReceipts(base.db, 1);
  // Its first round asks whether the engine is there, and notes it.
  await base.dispatch.tick();
  const worker = await composeActivities(base, settings);
  try {
    const handle = base.client.workflow.getHandle(
      workflowIdOf({ ...ocrOf(receiptId), generation: 1 }, settings.workflowIdPrefix),
    );
    const calls = await countDriverCalls(async () => {
      await base.queue.enqueueOcr({ receipt_id: receiptId }, asOperator);
      await base.dispatch.tick();
      await handle.result();
    });
    const { status } = await base.queue.getJobStatus({ job_id: jobIdOf(ocrOf(receiptId)) }, asOperator);
    if (status !== 'finished') throw new Error(`the job that was counted is ${status}`);
    const [history, description] = await Promise.all([handle.fetchHistory(), handle.describe()]);
    return {
      ...sorted(calls),
      historyEvents: history.events?.length ?? 0,
      historyBytes: description.historySize ?? 0,
    };
  } finally {
    await worker.stop();
  }
}

function sorted(calls: DriverCalls): Pick<JobCost, 'steps' | 'notifications' | 'unknown'> {
  const steps: Record<string, number> = {};
  const unknown: string[] = [];
  let notifications = 0;
  for (const [text, count] of calls) {
    const step = COST_MODEL.find(({ matches }) => matches.test(text));
    if (OF_A_CONNECTION.test(text)) continue;
    if (text.includes('pg_notify')) notifications += count;
    else if (step) steps[step.step] = (steps[step.step] ?? 0) + count;
    else unknown.push(text);
  }
  return { steps, notifications, unknown };
}
