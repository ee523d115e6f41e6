import { generationIdOf, jobIdOf } from '../contract/job.ts';
import type { QueueApi } from '../contract/queue-api.ts';
import { readJob } from '../ledger/jobs.ts';
import { fieldsOf, readReply } from '../ledger/replies.ts';
import { expired, jobKeyOf, noSuchJob, receiptDeleted, userFilter } from './access.ts';
import type { QueueDeps } from './deps.ts';

export function createGetResult(deps: QueueDeps): QueueApi['getResult'] {
  return async (input, { principal }) => {
    const asked = jobKeyOf(input.job_id);
    const userId = userFilter(principal, undefined);
    const row = await readJob(deps.db, principal.tenant, asked);
    if (!row || (userId !== undefined && row.user_id !== userId)) throw noSuchJob(input.job_id);
    if (row.expired_at) throw expired(input.job_id, row.subject);
    if (row.receipt_gone) throw receiptDeleted(input.job_id, row.subject);

    // What was read but not saved is no result yet.
    const reply = row.status === 'finished' ? await readReply(deps.db, row) : undefined;
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
}
