import type { RunKey } from '../contract/job.ts';
import type { JobTools } from '../jobs/job-type.ts';
import { sqlstateOf } from './connection/sqlstates.ts';
import type { Db } from './db.ts';
import { endIfMismatched, endingRefused, type Fenced, whyNotCurrent } from './ends.ts';
import { recordEvent } from './event.ts';
import { OF_RUN, runValues } from './job-key.ts';
import { ofKind, partOf } from './of-kind.ts';
import { type ReplyToSave, readToSave } from './replies.ts';
import { subjectStands } from './same-subject.ts';

/** One transaction in one statement: job, event and counter, and what the kind writes about the subject. */
const SAVE = ofKind(
  (type) => `
with saved as (
  update pantry_queue.jobs j set
    status = 'finished', phase = null, ended_at = now(), result = ${type.sql.result ?? '$6::jsonb'}, result_hash = $5, worker_id = null,
    error_code = null, error_message = null, error_cause = null
  where ${OF_RUN} and j.status = 'started' and j.phase = 'saving'
    and exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.sha256 = $5 and p.refused is null)
    and ${subjectStands(type, 'j')}
  returning j.*
), recorded as (
  ${recordEvent('saved', 'finished', {
    attempt: 'attempt',
    data: "jsonb_build_object('result_hash', result_hash, 'needs_review', result -> 'needs_review')",
  })}
)${partOf(type.sql.saved)}
-- Named here too, since a kind may write nothing besides its result.
select $7::jsonb is null, pantry_queue.require_written(${type.sql.written ?? 'true'}) from saved`,
);

/** A reply that an earlier run or a dead worker left: this run may save it. */
const CLAIM_SAVING = `
with claimed as (
  update pantry_queue.jobs j set status = 'started', phase = 'saving'
  where ${OF_RUN} and j.cancel_requested_at is null and j.in_engine and j.phase not in ('saving', 'canceling')
    and exists (select from pantry_queue.replies p where p.job_no = j.job_no and p.refused is null)
  returning j.*
)
${recordEvent('claimed', 'save_claimed', { attempt: 'attempt' })}
returning job_no`;

/** @returns whether the job now is, or was, in `started/saving` under this run */
async function claimSaving(db: Db, run: RunKey): Promise<boolean> {
  const rows = await db.query(CLAIM_SAVING, runValues(run));
  return rows.length > 0;
}

/** Looks at a subject that somebody changes each time between the look and the save, which a kind raises as PQ412. */
const MAX_LOOKS = 5;

/**
 * Saves the stored reply as the subject's result and finishes the job: exactly once, no matter who calls it or how often.
 * @throws AppError result_not_storable when the database refuses the result for good; the job has ended with it then,
 *   and its reply is kept
 */
export async function saveResult(db: Db, run: RunKey, tools: Pick<JobTools, 'defaultCurrency'>): Promise<Fenced> {
  for (let look = 1; ; look++) {
    const reply = await readToSave(db, run);
    if (!reply) return notSaved(db, run, 'no reply is stored');
    try {
      return await saveReply(db, run, reply, tools);
    } catch (error) {
      if (look >= MAX_LOOKS || sqlstateOf(error) !== 'PQ412') throw error;
    }
  }
}

function saveReply(db: Db, run: RunKey, reply: ReplyToSave, tools: Pick<JobTools, 'defaultCurrency'>): Promise<Fenced> {
  const type = db.kinds.of(run.kind);
  const { raw: bytes, sha256, before } = reply;
  const save = async (again: boolean) => {
    const { result, written } = await type.read({ bytes, sha256, before }, tools, db, { again });
    const documents = [JSON.stringify(result), JSON.stringify(written)];
    return db.query(SAVE(type), [...runValues(run), sha256, ...documents]);
  };
  return endingRefused(db, run, async (again): Promise<Fenced> => {
    if ((await save(again)).length > 0) return { current: true };
    if ((await claimSaving(db, run)) && (await save(again)).length > 0) return { current: true };
    return notSaved(db, run, await whyNotCurrent(db, run));
  });
}

async function notSaved(db: Db, run: RunKey, reason: string): Promise<Fenced> {
  // Our own commit whose answer was lost: the job is finished by this very run.
  if (reason === 'the job is finished') return { current: true };
  return (await endIfMismatched(db, run)) ?? { current: false, reason };
}
