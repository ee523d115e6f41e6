import type { JobResult } from '../contract/fields.ts';
import type { Phase, Status } from '../contract/job.ts';
import { type WaitFacts, waitFacts } from './wait-facts.ts';

/** What a job's own row says in an answer. */
const OWN_COLUMNS = [
  'generation',
  'user_id',
  'batch_id',
  'priority',
  'status',
  'phase',
  'state_since',
  'created_at',
  'run_at',
  'give_up_at',
  'started_at',
  'ended_at',
  'expired_at',
  'superseded',
  'attempt',
  'attempts_charged',
  'next_attempt_at',
  'error_code',
  'error_message',
  'result',
] as const satisfies readonly (keyof JobRow)[];

/** What an answer about a job is made of: its row of `pantry_queue.jobs`, and what stands beside it. */
export type JobRow = {
  kind: string;
  subject: number;
  generation: number;
  user_id: number;
  batch_id: string | null;
  priority: number;
  status: Status;
  phase: Phase | null;
  state_since: Date;
  created_at: Date;
  run_at: Date | null;
  give_up_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  expired_at: Date | null;
  /** A later generation of the job exists. */
  superseded: boolean;
  attempt: number;
  attempts_charged: number;
  next_attempt_at: Date | null;
  error_code: string | null;
  error_message: string | null;
  result: JobResult | null;
  /** Jobs of the same owner and kind that go first; counted to 1,001. Null when it does not wait for admission. */
  ahead: number | null;
  agent_slots: number;
  avg_run_ms: number | null;
  /** Null when it has ended. */
  wait: WaitFacts | null;
  /** Its subject was deleted. */
  subject_gone: boolean;
  now: Date;
};

/** Counting further would cost what nobody reads: beyond 1,000 an answer says "1000+". */
const COUNT_AHEAD_TO = 1_001;

/**
 * Columns of a JobRow.
 * @param job alias of a jobs row; `queue_state q` and what its kind's look-up finds, `r`, must be joined
 */
export function jobColumns(job: string): string {
  return `${OWN_COLUMNS.map((column) => `${job}.${column}`)}, ${job}.kind, ${job}.subject, q.agent_slots, q.avg_run_ms,
    ${waitFacts(job)} as wait, r.subject is null as subject_gone, now() as now,
    case when ${job}.phase = 'admission' then ${countAhead(job)} end as ahead`;
}

/** Jobs that wait before a job that waits for admission. */
export function countAhead(job: string): string {
  return `(
    select count(*)::int from (
      select from pantry_queue.jobs ahead
      where ahead.status = 'queued' and ahead.phase = 'admission'
        and ahead.tenant_id = ${job}.tenant_id and ahead.user_id = ${job}.user_id and ahead.kind = ${job}.kind
        and (ahead.priority, ahead.job_no) < (${job}.priority, ${job}.job_no)
      limit ${COUNT_AHEAD_TO}
    ) counted)`;
}
