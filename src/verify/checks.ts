/**
 * What can be wrong, and the words for it:
 * - lost: something that was accepted, paid or announced is not there
 * - doubled: something is there more often than once
 * - stale: something stands still that somebody should have moved
 * - wrong: two places that must agree do not
 */
export const FAULTS = ['lost', 'doubled', 'stale', 'wrong'] as const;
export type Fault = (typeof FAULTS)[number];

interface Check {
  readonly fault: Fault;
  /** Of the jobs that are listed with it. */
  readonly says: string;
}

/** Every check by its stable name. Those of one job stand in `job-checks.ts` once more, with their condition. */
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

  // A receipt's generations.
  generation_gap: { fault: 'lost', says: 'the generation before it is not there' },
  live_twice: { fault: 'doubled', says: 'the receipt has more than one live generation' },
  superseded: {
    fault: 'wrong',
    says: 'it is counted although a later generation exists, or is not although it is the latest',
  },
  live_overtaken: { fault: 'wrong', says: 'it lives although a later generation exists' },

  // The reading: reply, job, receipt.
  reply_missing: { fault: 'lost', says: 'the job is finished and its reply is not stored' },
  reply_hash: { fault: 'wrong', says: 'the bytes of its stored reply do not have the hash that was stored with them' },
  result_hash: { fault: 'wrong', says: 'its result is not that of the stored reply' },
  result_early: { fault: 'wrong', says: 'it has a result and is not finished' },
  receipt_result: { fault: 'wrong', says: 'the receipt does not show its latest finished reading' },
  receipt_status: { fault: 'wrong', says: 'ocr_status of the receipt does not fit its jobs' },
  receipt_gone: { fault: 'wrong', says: 'its receipt was deleted, and nobody has ended or forgotten the job' },
  receipt_changed: { fault: 'stale', says: 'it lives although its receipt has another image or owner now' },
  deleted_kept: { fault: 'wrong', says: 'its receipt was deleted, and something that was read in it is still there' },
  items_doubled: { fault: 'doubled', says: 'the items of the receipt were written more than once' },
  tenant_mixed: { fault: 'wrong', says: 'job, reply and receipt belong to different tenants' },
  batch_missing: { fault: 'lost', says: 'the batch it was accepted with is not there' },

  // What nobody moved.
  give_up_overdue: { fault: 'stale', says: 'its time was up long ago' },
  worker_gone: { fault: 'stale', says: 'it stands as started and no live worker holds it' },
  save_overdue: { fault: 'stale', says: 'its reply waits to be saved' },
  cancel_overdue: { fault: 'stale', says: 'its cancel was not carried out' },
  retry_overdue: { fault: 'stale', says: 'its next attempt is long due' },
  hand_over_overdue: { fault: 'stale', says: 'it was admitted and not handed over to Temporal' },
  command_overdue: { fault: 'stale', says: 'a command for Temporal was not carried out' },

  // The ledger as a whole.
  job_vanished: { fault: 'lost', says: 'events or a reply tell of a job that is not there' },
  result_vanished: { fault: 'lost', says: 'the receipt shows a reading whose finished job is not there' },
  result_foreign: { fault: 'wrong', says: 'the receipt shows a reading of an earlier receipt with its id' },
  tombstone_overdue: { fault: 'stale', says: 'a receipt was deleted and what was read in it is still there' },
  counters: { fault: 'wrong', says: 'the counters are not what a recount gives' },
  batch_count: { fault: 'wrong', says: 'the batch says another number of jobs than carry its id' },

  // The ledger and Temporal.
  run_missing: { fault: 'lost', says: 'the job was handed over and Temporal does not know it' },
  run_closed: { fault: 'lost', says: 'the job lives and its workflow has ended' },
  run_foreign: { fault: 'wrong', says: 'its workflow id belongs to something else' },
  run_other: { fault: 'stale', says: 'another run of the job is open than the current one' },
  run_outlives_job: { fault: 'stale', says: 'its workflow is open although the job has ended' },
  run_without_job: { fault: 'doubled', says: 'a workflow of this ledger is open for a job that is not there' },

  // Receipts and the image store.
  image_missing: { fault: 'lost', says: 'the image of the receipt is not in the store' },
} as const satisfies Readonly<Record<string, Check>>;

export type CheckName = keyof typeof CHECKS;
