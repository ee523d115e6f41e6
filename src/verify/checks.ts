import type { JobKinds } from '../jobs/job-type.ts';

/**
 * What can be wrong, and the words for it:
 * - lost: something that was accepted, paid or announced is not there
 * - doubled: something is there more often than once
 * - stale: something stands still that somebody should have moved
 * - wrong: two places that must agree do not
 */
export const FAULTS = ['lost', 'doubled', 'stale', 'wrong'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Check {
  readonly fault: Fault;
  /** Of the jobs that are listed with it. */
  readonly says: string;
}

/** What is checked of jobs of every kind, by stable names. Those of one job stand in `job-checks.ts` once more, with their condition. */
export const CHECKS = {
  // One job against its own events.
  history_missing: { fault: 'lost', says: 'no event tells of the job' },
  history_start: { fault: 'wrong', says: 'the first event is no beginning' },
  history_step: { fault: 'wrong', says: 'an event follows another that the table of states does not allow' },
  history_kind: { fault: 'wrong', says: 'it has an event of a kind that the table of events does not name' },
  history_state: { fault: 'wrong', says: 'its events end in another state than the job' },
  end_event_missing: { fault: 'lost', says: 'the job has ended and no event says so' },
  end_event_doubled: { fault: 'doubled', says: 'more than one event says that the job has ended' },
  end_time: { fault: 'wrong', says: 'it has an end time and lives, or has ended without one' },
  attempts: { fault: 'wrong', says: 'its numbers of attempts are not those of its events' },
  error_missing: { fault: 'wrong', says: 'the job failed without a reason' },

  // A subject's generations.
  generation_gap: { fault: 'lost', says: 'the generation before it is not there' },
  live_twice: { fault: 'doubled', says: 'its subject has more than one live generation' },
  superseded: {
    fault: 'wrong',
    says: 'it is counted although a later generation exists, or is not although it is the latest',
  },
  live_overtaken: { fault: 'wrong', says: 'it lives although a later generation exists' },

  // The result: reply, job, subject. What a kind says of its own subjects is its own: `src/jobs/<kind>/checks.ts`.
  reply_missing: { fault: 'lost', says: 'the job is finished and its reply is not stored' },
  reply_hash: { fault: 'wrong', says: 'the bytes of its stored reply do not have the hash that was stored with them' },
  result_hash: { fault: 'wrong', says: 'its result is not that of the stored reply' },
  result_early: { fault: 'wrong', says: 'it has a result and is not finished' },
  subject_gone: { fault: 'wrong', says: 'its subject was deleted, and nobody has ended or forgotten the job' },
  subject_changed: { fault: 'stale', says: 'it lives although its subject is not what it was made of any more' },
  deleted_kept: { fault: 'wrong', says: 'its subject was deleted, and something that was read in it is still there' },
  tenant_mixed: { fault: 'wrong', says: 'job, reply and subject belong to different tenants' },
  kind_unknown: { fault: 'stale', says: 'this program does not know its kind, and leaves it alone' },
  batch_missing: { fault: 'lost', says: 'the batch it was accepted with is not there' },

  // What nobody moved.
  give_up_overdue: { fault: 'stale', says: 'its time was up long ago' },
  worker_gone: { fault: 'stale', says: 'it stands as started and no live worker holds it' },
  save_overdue: { fault: 'stale', says: 'its reply waits to be saved' },
  cancel_overdue: { fault: 'stale', says: 'its cancel was not carried out' },
  retry_overdue: { fault: 'stale', says: 'its next attempt is long due' },
  start_overdue: { fault: 'stale', says: 'its time has come, and it is scheduled still' },
  wait_overdue: { fault: 'stale', says: 'it waits for other jobs, and all of them have ended' },
  hand_over_overdue: { fault: 'stale', says: 'it was admitted and not handed over to Temporal' },
  command_overdue: { fault: 'stale', says: 'a command for Temporal was not carried out' },

  // The ledger as a whole.
  job_vanished: { fault: 'lost', says: 'events or a reply tell of a job that is not there' },
  tombstone_overdue: { fault: 'stale', says: 'a subject was deleted and what was read in it is still there' },
  history_count: { fault: 'wrong', says: 'the history is not what a recount of its events gives' },
  counters: { fault: 'wrong', says: 'the counters are not what a recount gives' },
  failure_count: { fault: 'wrong', says: 'the counts of failed jobs by their cause are not what a recount gives' },
  batch_count: { fault: 'wrong', says: 'the batch says other jobs than carry its id, or another number of members' },
  batch_end: { fault: 'wrong', says: 'not exactly one event tells of the batch’s end, or it says other counts' },
  batch_overdue: { fault: 'stale', says: 'all members of the batch have ended, and it has not' },
  schedule_overdue: { fault: 'stale', says: 'the schedule is due and nobody fires it' },
  schedule_stopped: { fault: 'lost', says: 'the schedule is not paused and has no next time, or wakes at another one' },
  schedule_run: { fault: 'wrong', says: 'not exactly one event tells of the run that made the batch' },
  schedule_doubled: { fault: 'doubled', says: 'the same time of the schedule has made more than one run' },
  webhook_untold: { fault: 'stale', says: 'an event that the webhook is told of has not become a message' },
  webhook_overdue: { fault: 'stale', says: 'the webhook has messages that are due, and nobody sends them' },
  webhook_asleep: { fault: 'lost', says: 'messages of the webhook wait, and nobody would look at it again' },
  delivery_unended: { fault: 'stale', says: 'a message of the webhook is past its time, and nobody has given it up' },
  delivery_orphaned: { fault: 'wrong', says: 'there are messages of it, and it is not there or is another tenant’s' },
  cleared_unfailed: { fault: 'wrong', says: 'it is cleared although it has not failed' },
  bulk_count: { fault: 'wrong', says: 'the bulk says something else of its jobs than their rows do' },
  bulk_overdue: { fault: 'stale', says: 'the bulk has not ended and nobody carries it out' },

  audit_chain: { fault: 'wrong', says: 'the audit was changed: the chain does not hold at this entry' },

  // The bill.
  paid_missing: { fault: 'lost', says: 'the agent’s reply was stored and no paid call tells of it' },
  cost_count: { fault: 'wrong', says: 'the sums of costs are not what a recount of the paid calls gives' },
  budget_spent: { fault: 'wrong', says: 'what is spent of the budget is not what a recount of its period gives' },
  budget_cap: { fault: 'wrong', says: 'a budget is used up and nothing is held, or the other way round' },

  // What holds jobs up, and lets them go.
  breaker_row: { fault: 'wrong', says: 'the breaker is open and has no next probe, or the other way round' },
  breaker_overdue: { fault: 'stale', says: 'the next probe of the breaker is long due' },
  parked_overdue: { fault: 'stale', says: 'it waits for the agent to recover, and the breaker is closed' },
  cap_shape: { fault: 'wrong', says: 'nobody writes a limit of this reason, or not of this shape' },
  budget_overdue: { fault: 'stale', says: 'its period is over, and it still holds jobs up' },
  wait_wrong: { fault: 'wrong', says: 'it has begun, or stands as free to, although a job that it waits for lives' },

  // The order of events.
  event_unreachable: { fault: 'lost', says: 'it has an event that no reader of the feed comes by' },
  epoch_overdue: {
    fault: 'stale',
    says: 'the ledger was moved to another cluster, and no epoch of events began there',
  },

  // The ledger and Temporal.
  run_missing: { fault: 'lost', says: 'the job was handed over and Temporal does not know it' },
  run_closed: { fault: 'lost', says: 'the job lives and its workflow has ended' },
  run_foreign: { fault: 'wrong', says: 'its workflow id belongs to something else' },
  run_other: { fault: 'stale', says: 'another run of the job is open than the current one' },
  run_outlives_job: { fault: 'stale', says: 'its workflow is open although the job has ended' },
  run_without_job: { fault: 'doubled', says: 'a workflow of this ledger is open for a job that is not there' },

  // Subjects and the image store.
  image_missing: { fault: 'lost', says: 'its image is not in the store' },
} as const satisfies Readonly<Record<string, Check>>;

export type CoreCheck = keyof typeof CHECKS;
/** A name of these, or of a kind's own. */
export type CheckName = CoreCheck | (string & {});

/** Every check that a program makes that knows these kinds. */
export function checksOf(kinds: JobKinds): Readonly<Record<string, Check>> {
  const own = kinds.list.flatMap(({ checks }) => (checks ? [checks.ofJobs, checks.ofLedger] : []));
  return Object.assign({}, CHECKS, ...own);
}
