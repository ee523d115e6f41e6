import { type Cap, reachedCap } from './caps.ts';

/** Why a job that waits may be waiting: read with its row, from the one row of the queue's state. */
export type WaitFacts = {
  /** The database accepts no writes: a standby, or a failover. */
  read_only: boolean;
  engine: 'ok' | 'down' | 'misconfigured' | null;
  engine_since: string | null;
  agent: 'ok' | 'down' | null;
  agent_since: string | null;
  /** Live workers that run workflows. */
  workflow_workers: number;
  window_size: number;
  open_jobs: number;
  paused_jobs: number;
  backoff_jobs: number;
  /** The limit that it has reached; one of 0 holds up every job that it covers. */
  cap: Cap | null;
  /** Jobs that it still waits for, in the order of their acceptance; null where it waits for none. */
  parents?: readonly { readonly job_no: number; readonly job_id: string }[] | null;
  /** Absent of a job that was accepted this moment. */
  handed_over?: boolean;
  replied?: boolean;
  stuck?: string | null;
  stuck_since?: string | null;
};

/** SQL: the facts of the whole queue; `queue_state q` must be joined. */
const OF_QUEUE = `'read_only', current_setting('transaction_read_only') = 'on', 'engine', q.engine,
  'engine_since', q.engine_since, 'agent', q.agent, 'agent_since', q.agent_since,
  'workflow_workers', q.workflow_workers, 'window_size', q.window_size, 'open_jobs', q.open_jobs, 'paused_jobs', q.paused_jobs, 'backoff_jobs', q.backoff_jobs`;

/** SQL: of a job that was accepted this moment. */
export function newWaitFacts(job: string): string {
  return `json_build_object(${OF_QUEUE}, 'cap', ${reachedCap(job)})`;
}

/** SQL: null of jobs that have ended. One document: each column costs the driver as much as a step of the plan. */
export function waitFacts(job: string): string {
  return `case when ${job}.live then json_build_object(${OF_QUEUE}, 'cap', ${reachedCap(job)},
    'parents', case when ${job}.phase = 'dependency' then pantry_queue.waited_for(${job}.job_no) end,
    'handed_over', ${job}.handed_over_at is not null, 'stuck', ${job}.stuck_cause, 'stuck_since', ${job}.stuck_since,
    'replied', case when ${job}.attempt > 0 then pantry_queue.has_reply(${job}.job_no) else false end) end`;
}
