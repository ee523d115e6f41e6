import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import type { RunKey } from '../contract/job.ts';
import type { Db } from './db.ts';
import { endJob, type Fenced } from './ends.ts';
import { keyValues, OF_GENERATION } from './job-key.ts';

type Stored = {
  ledger_id: string;
  run_no: number | null;
  admitted: boolean | null;
  error_code: string | null;
  error_message: string | null;
};

const STORED = `
select l.ledger_id, j.run_no, j.admitted_at is not null as admitted, j.error_code, j.error_message
from pantry_queue.ledger l left join pantry_queue.jobs j on ${OF_GENERATION}`;

/**
 * The end of a job that its workflow asks for. What comes out of Temporal is not trusted: the ledger, the run and the
 * state must be the job's, and of a failure the claim is a code at most. Its sentence is the one that the ledger stored
 * with that code, else the table's; a code that the ledger knows nothing of is `internal`. A code that is none of ours
 * is that of somebody who ended a step by hand.
 */
export async function endByRun(
  db: Db,
  ledgerId: string,
  run: RunKey,
  end: { status: 'failed'; code: string } | { status: 'canceled' },
): Promise<Fenced> {
  const [stored] = await db.query<Stored>(STORED, keyValues(run));
  if (stored?.ledger_id !== ledgerId) return { current: false, reason: 'the run belongs to another ledger' };
  if (stored.run_no === run.runNo && !stored.admitted) {
    return { current: false, reason: 'the job has not been handed to Temporal' };
  }
  return endJob(db, run, end.status === 'canceled' ? end : { status: 'failed', ...failureOf(end.code, stored) });
}

const BY_HAND = 'terminated_by_operator';

function failureOf(claimed: string, stored: Stored): { code: ErrorCode; message: string } {
  if (stored.error_code === claimed && Object.hasOwn(ERRORS, claimed)) {
    const code = claimed as ErrorCode;
    return { code, message: stored.error_message ?? ERRORS[code].title };
  }
  if (claimed === BY_HAND || !Object.hasOwn(ERRORS, claimed)) {
    return { code: BY_HAND, message: 'Somebody ended a step of the job in Temporal.' };
  }
  return { code: 'internal', message: 'The workflow of the job failed for a reason that the ledger does not know.' };
}
