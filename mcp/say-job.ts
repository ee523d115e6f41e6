import type { Job, ReceiptResult } from '../src/contract/fields.ts';
import { LIMITS } from '../src/contract/policies.ts';
import { untrustedBlock } from './untrusted.ts';

/** A job in one or two sentences that end with the next useful call. */
export function sayJob(job: Job): string {
  switch (job.status) {
    case 'finished':
      return `${job.job_id} is finished: ${sayResult(job.result)}`;
    case 'failed':
      return `${job.job_id} failed: ${sayFailure(job)}`;
    case 'canceled':
      return `${job.job_id} is canceled. To run it after all: ${call('retry_job', { job_id: job.job_id })}`;
    case 'started':
      return `${job.job_id} is ${STARTED[job.phase ?? 'agent'] ?? 'running'} (attempt ${Math.max(1, job.attempts)}${eta(job)}). ${wait(job)}`;
    case 'queued':
      return `${job.job_id} is queued (${position(job)}${eta(job)}). ${wait(job)}`;
    case 'deferred':
    case 'scheduled':
      return `${job.job_id} is ${job.status}${sayObstacle(job)}. ${wait(job)}`;
  }
}

const STARTED: Readonly<Record<string, string>> = {
  agent: 'being read',
  saving: 'being saved',
  canceling: 'being canceled',
};

/** The longest list of items in one answer; a receipt with more says so. */
const MAX_ITEMS = 50;

/** The same job, its items cut to what one answer may carry. */
export function briefJob<J extends Job>(job: J): J {
  if (job.result === null || job.result.items.length <= MAX_ITEMS) return job;
  return { ...job, result: { ...job.result, items: job.result.items.slice(0, MAX_ITEMS) } };
}

const call = (tool: string, args: object) => `${tool} ${JSON.stringify(args)}`;

const wait = (job: Job) => `Next: ${call('get_job_status', { job_id: job.job_id, wait_seconds: LIMITS.waitSeconds })}`;

const eta = (job: Job) => (job.eta_s === null ? '' : `, about ${job.eta_s} s`);

function position(job: Job): string {
  if (job.position === null) return 'for a free worker';
  return job.position === 0 ? 'next in line' : `${job.position} of the same owner go first`;
}

function sayObstacle(job: Job): string {
  const reason = job.waiting_for === null ? '' : `: ${job.waiting_for}`;
  const last = job.error === null ? '' : ` (last error: ${job.error.code})`;
  return `${reason}${last}${job.next_attempt_at === null ? '' : `, next attempt at ${job.next_attempt_at}`}`;
}

function sayFailure(job: Job): string {
  if (job.error === null) return job.exc_info ?? 'no reason was recorded.';
  const { code, message, hint, retryable } = job.error;
  return `${code}: ${message} ${hint}${retryable ? ` Next: ${call('retry_job', { job_id: job.job_id })}` : ''}`;
}

function sayResult(result: ReceiptResult | null): string {
  if (result === null) return 'its result is past its retention; the receipt keeps what was read.';
  const { items, merchant_name, purchase_date, total_amount, currency, needs_review, review_reasons } = result;
  const more = items.length > MAX_ITEMS ? ` (the first ${MAX_ITEMS} are listed)` : '';
  const review = needs_review ? ' A person should check it.' : '';
  const confidence = result.confidence === null ? '' : `, confidence ${result.confidence.toFixed(2)}`;
  // Date, total and currency too were read from the image, and an agent's reasons may quote it; only numbers of ours
  // stand outside the block.
  const read = {
    ...(needs_review ? { review_reasons } : {}),
    merchant_name,
    purchase_date,
    total_amount,
    currency,
    items: items.map((item) => item.item_name),
  };
  return `${items.length} item${items.length === 1 ? '' : 's'}${more}${confidence}.${review} ${untrustedBlock(read, 400)}`;
}
