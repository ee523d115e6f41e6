import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { type Job, NOT_RUN_AGAIN, readingIn } from '../contract/fields.ts';
import { LIMITS, MAX_CHARGED_ATTEMPTS } from '../contract/policies.ts';
import { hintForModels } from './hints-for-models.ts';
import { relativeTime, withRelativeTimes } from './relative-time.ts';
import { untrustedBlock } from './untrusted.ts';

/**
 * A job in one or two sentences that end with the next useful call.
 * @param also a sentence of ours to put before that call
 */
export function sayJob(job: Job, also = ''): string {
  const more = also === '' ? '' : ` ${also}`;
  switch (job.status) {
    case 'finished':
      return `${job.job_id} is finished: ${sayResult(job)}${more}`;
    case 'failed':
      return `${job.job_id} failed: ${sayFailure(job)}${more}${nextRetry(job)}`;
    case 'canceled':
      return `${job.job_id} is canceled.${more} ${
        job.next === null ? NOT_RUN_AGAIN : `To run it after all: ${call('retry_job', { job_id: job.job_id })}`
      }`;
    case 'started':
      return `${job.job_id} is ${started(job)} (${attempt(job)}${eta(job)}${lastError(job)}).${more} ${wait(job)}`;
    case 'queued':
      return `${job.job_id} is queued (${position(job)}${eta(job)}).${more} ${wait(job)}`;
    case 'deferred':
    case 'scheduled':
      return `${job.job_id} is ${job.status}${obstacle(job)}.${more} ${wait(job)}`;
  }
}

/** A live job in a few words, for a progress notification. */
export function jobNews(job: Job): string {
  switch (job.status) {
    case 'started':
      return `${job.job_id}: ${started(job)}, ${attempt(job)}${eta(job)}`;
    case 'queued':
      return `${job.job_id}: queued, ${position(job)}${eta(job)}`;
    default:
      return `${job.job_id}: ${job.status}${job.next_attempt_at === null ? '' : `, next attempt ${relativeTime(job.next_attempt_at)}`}`;
  }
}

const STARTED: Readonly<Record<string, string>> = {
  agent: 'being read',
  saving: 'being saved',
  canceling: 'being canceled',
};

const started = (job: Job) => STARTED[job.phase ?? 'agent'] ?? 'running';

/** The longest list of items in one answer; a receipt with more says so. */
const MAX_ITEMS = 50;

/** The same job, its items cut to what one answer may carry, and its error with the hint of this door. */
export function briefJob<J extends Job>(job: J): J {
  const { error } = job;
  const reading = readingIn(job);
  const code = error && knownCode(error.code);
  return {
    ...job,
    result: reading ? { ...reading, items: reading.items.slice(0, MAX_ITEMS) } : job.result,
    error: error && code ? { ...error, hint: hintOf(job, code) } : error,
  };
}

const call = (tool: string, args: object) => `${tool} ${JSON.stringify(args)}`;

const wait = (job: Job) => `Next: ${call('get_job_status', { job_id: job.job_id, wait_seconds: LIMITS.askSeconds })}`;

const nextRetry = (job: Job) =>
  job.error?.retryable === true ? ` Next: ${call('retry_job', { job_id: job.job_id })}` : '';

const eta = (job: Job) => (job.eta_s === null ? '' : `, about ${job.eta_s} s`);

const attempt = (job: Job) =>
  `attempt ${Math.min(MAX_CHARGED_ATTEMPTS, job.attempts_charged + 1)} of ${MAX_CHARGED_ATTEMPTS}`;

function position(job: Job): string {
  const reason = job.waiting_for;
  if (reason !== null && !reason.startsWith('its turn')) return `for ${withRelativeTimes(reason)}`;
  if (job.position === null) return 'for a free worker';
  return job.position === 0 ? 'next in line' : `${job.position} of the same owner go first`;
}

function obstacle(job: Job): string {
  const reason = job.waiting_for === null ? '' : ` and waits for ${withRelativeTimes(job.waiting_for)}`;
  return `${reason} (${attempt(job)}${lastError(job)})`;
}

/** Never the stored text, and no retry of what is not run again. */
const hintOf = (job: Job, code: ErrorCode) =>
  job.status === 'failed' && job.next === null && code !== 'receipt_deleted'
    ? NOT_RUN_AGAIN
    : hintForModels(code, ERRORS[code].hint);

/** A code is stored, so it is only said when it is one of ours. */
const knownCode = (code: string) => (Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : undefined);

function lastError(job: Job): string {
  const code = job.error && knownCode(job.error.code);
  return code ? `, last error: ${code}` : '';
}

/** What was stored with a failure came through an engine and from an agent: it is shown as data, the rest is ours. */
function sayFailure(job: Job): string {
  const { error, exc_info } = job;
  if (error === null) return exc_info === null ? 'no reason was recorded.' : stored({ message: exc_info });
  const code = knownCode(error.code);
  if (code === undefined)
    return `its error code is unknown here. ${stored({ code: error.code, message: error.message })}`;
  const { title } = ERRORS[code];
  const message = error.message === title ? '' : `${stored({ message: error.message })} `;
  return `${code}: ${title}. ${message}${hintOf(job, code)}`;
}

const stored = (facts: Readonly<Record<string, string>>) => untrustedBlock(facts, 300, 'stored-message');

function sayResult(job: Job): string {
  if (job.result === null) return 'its result is past its retention; the receipt keeps what was read.';
  const result = readingIn(job);
  if (!result) return untrustedBlock(job.result, 400, 'job-result');
  const { items, merchant_name, purchase_date, total_amount, currency, needs_review, review_reasons } = result;
  const more = items.length > MAX_ITEMS ? ` (the first ${MAX_ITEMS} are listed)` : '';
  const review = needs_review ? ' A person should check it.' : '';
  const confidence = result.confidence === null ? '' : `, confidence ${result.confidence.toFixed(2)}`;
  // Date, total and currency too were read from the image, and an agent's reasons may quote it; only numbers of ours
  // stand outside the block.
  const read = {
    ...(needs_review ? { review_reasons: review_reasons.map(({ message }) => message) } : {}),
    merchant_name,
    purchase_date,
    total_amount,
    currency,
    items: items.map((item) => item.item_name),
  };
  const block = untrustedBlock(read, 400, 'receipt-text');
  return `${items.length} item${items.length === 1 ? '' : 's'}${more}${confidence}.${review} ${block}`;
}
