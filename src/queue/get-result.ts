import { answeredIdOf, jobIdOf } from '../contract/job.ts';
import { fieldsOf } from '../jobs/ocr/reply-fields.ts';
import { readReply } from '../ledger/replies.ts';
import { askedJob, readOwnJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { expired, resultDeleted } from './refusals.ts';

export const getResult: Handlers['getResult'] = async ({ job_id }, caller) => {
  const { db } = caller;
  const asked = askedJob(db.kinds, job_id);
  const row = await readOwnJob(caller, asked, job_id);
  const type = db.kinds.of(row.kind);
  if (row.expired_at) throw expired(type, job_id, row.subject);
  if (row.subject_gone) throw resultDeleted(type, job_id, row.subject);

  // What was read but not saved is no result yet.
  const reply = row.status === 'finished' ? await readReply(db, row) : undefined;
  const fields = reply && fieldsOf(reply);
  return {
    job_id: asked.generation === undefined ? jobIdOf(row) : answeredIdOf(row),
    generation: row.generation,
    receipt_id: row.subject,
    status: row.status,
    result: row.result,
    tax_amount: fields?.tax_amount ?? null,
    raw_text: fields?.raw_text ?? null,
    validation: fields?.validation
      ? { ...fields.validation, errors: [...fields.validation.errors], warnings: [...fields.validation.warnings] }
      : null,
    evidence: fields?.evidence ?? null,
    read_at: reply?.stored_at.toISOString() ?? null,
    agent_ms: reply?.agent_ms ?? null,
    ...row.bill,
  };
};
