import type { Cap } from '../caps.ts';

/** Why a job that waits may be waiting: read with its row (`functions/job-facts.sql`). */
export type WaitFacts = {
  /** The database accepts no writes: a standby, or a failover. */
  read_only: boolean;
  engine: 'ok' | 'down' | 'misconfigured' | null;
  engine_since: string | null;
  agent: 'ok' | 'down' | null;
  agent_since: string | null;
  /** Live workers that run workflows. */
  workflow_workers: number;
  /** Calls of the agent that the live workers can make at once. */
  agent_slots: number;
  /** How long jobs took lately; null where none has ended. */
  avg_run_ms: number | null;
  window_size: number;
  open_jobs: number;
  paused_jobs: number;
  backoff_jobs: number;
  /** The limit that it has reached; one of 0 holds up every job that it covers. */
  cap: Cap | null;
  /** Jobs of the same owner and kind that go first, counted to 1,001; null when it does not wait for admission. */
  ahead: number | null;
  /** Jobs that it still waits for, in the order of their acceptance; null where it waits for none. */
  parents: readonly { readonly job_no: number; readonly job_id: string }[] | null;
  handed_over: boolean;
  /** A reply of the agent is stored. */
  replied: boolean;
  stuck: string | null;
  stuck_since: string | null;
};

/** SQL: of a job that was accepted this moment. */
export const newWaitFacts = (job: string): string => `pantry_queue.wait_facts(${ofJob(job)}, 'admission')`;

/** SQL: null of jobs that have ended, whose answer pays for none of it. */
export const waitFacts = (job: string): string =>
  `case when ${job}.live then pantry_queue.wait_facts(${ofJob(job)}, ${job}.phase, ${job}.attempt,
    ${job}.handed_over_at is not null, ${job}.stuck_cause, ${job}.stuck_since) end`;

const ofJob = (job: string) =>
  ['job_no', 'tenant_id', 'user_id', 'kind', 'priority'].map((name) => `${job}.${name}`).join();
