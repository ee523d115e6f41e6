import { generationIdOf, jobIdOf } from '../contract/job.ts';
import { readJob } from '../ledger/jobs.ts';
import { fieldsOf, readReply } from '../ledger/replies.ts';
import { askedJob, ownJob } from './own-job.ts';
import type { Handlers } from './pipeline.ts';
import { expired, receiptDeleted } from './refusals.ts';

export const getResult: Handlers['getResult'] = async ({ job_id }, caller) => {
  const asked = askedJob(job_id);
  const { db } = caller;
  const found = await readJob(db, caller.tenant, asked);
  const row = ownJob(found, caller, job_id);
  if (row.expired_at) throw expired(job_id, row.subject);
  if (row.receipt_gone) throw receiptDeleted(job_id, row.subject);

  // What was read but not saved is no result yet.
  const reply = row.status === 'finished' ? await readReply(db, row) : undefined;
  const fields = reply && fieldsOf(reply);
  return {
    job_id: asked.generation === undefined ? jobIdOf(row) : generationIdOf(row),
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
  };
};
