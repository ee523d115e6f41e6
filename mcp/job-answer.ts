import { type Job, readingIn } from '../src/contract/fields.ts';
import { errorCodeOf, nextCallOf, sayJob, strangersWords } from '../src/words/job-for-models.ts';
import type { Answer } from './answer.ts';

/**
 * One job as every tool shows it.
 * @param also a sentence of ours
 */
export function jobAnswer(job: Job, also = ''): Answer {
  const { receipt, agent } = strangersWords(job);
  const reading = readingIn(job);
  return {
    summary: sayJob(job, also),
    next: nextCallOf(job),
    job_id: job.job_id,
    status: job.status,
    phase: job.phase,
    generation: job.generation === 1 ? null : job.generation,
    receipt_id: job.receipt_id,
    position: job.position,
    eta_s: job.eta_s,
    error_code: errorCodeOf(job),
    confidence: reading?.confidence,
    needs_review: reading?.needs_review,
    from_receipt_untrusted: receipt && { ...receipt },
    from_agent_untrusted: agent && { ...agent },
  };
}
