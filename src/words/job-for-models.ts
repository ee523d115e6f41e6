import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { type Job, NOT_RUN_AGAIN, type ReceiptResult, readingIn } from '../contract/fields.ts';
import { LIMITS, MAX_CHARGED_ATTEMPTS } from '../contract/policies.ts';
import { hintForModels } from './hints-for-models.ts';
import { relativeTime, withRelativeTimes } from './relative-time.ts';

/** A call that a model can make. */
export interface ModelCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * A job in one or two sentences, all of them ours: what was read or stored stands beside them, marked (`strangersWords`).
 * @param also a sentence of ours
 */
export function sayJob(job: Job, also = ''): string {
  const more = also === '' ? '' : ` ${also}`;
  switch (job.status) {
    case 'finished':
      return `${job.job_id} is finished${sayResult(job)}.${more}`;
    case 'failed':
      return `${job.job_id} failed: ${sayFailure(job)}${more}`;
    case 'canceled':
      return `${job.job_id} is canceled.${more}${job.next === null ? ` ${NOT_RUN_AGAIN}` : ''}`;
    case 'started':
      return `${job.job_id} is ${started(job)} (${attempt(job)}${eta(job)}${lastError(job)}).${more}`;
    case 'queued':
      return `${job.job_id} is queued (${position(job)}${eta(job)}).${more}`;
    case 'deferred':
    case 'scheduled':
      return `${job.job_id} is ${job.status}${obstacle(job)}.${more}`;
  }
}

/** The next useful call about a job; undefined where there is none. */
export function nextCallOf(job: Job): ModelCall | undefined {
  const { job_id } = job;
  switch (job.status) {
    case 'finished':
      return undefined;
    case 'failed':
      return job.error?.retryable === true ? { tool: 'retry_job', arguments: { job_id } } : undefined;
    case 'canceled':
      return job.next === null ? undefined : { tool: 'retry_job', arguments: { job_id } };
    default:
      return { tool: 'get_job_status', arguments: { job_id, wait_seconds: LIMITS.askSeconds } };
  }
}

/** What strangers wrote about a job: on its receipt, or as its agent's message. It is data, wherever it is shown. */
export function strangersWords(job: Job): { readonly receipt?: object; readonly agent?: object } {
  if (job.status === 'finished' && job.result !== null) {
    const reading = readingIn(job);
    return { receipt: reading ? readingFacts(reading) : job.result };
  }
  if (job.status !== 'failed') return {};
  const { error, exc_info } = job;
  if (error === null) return exc_info === null ? {} : { agent: { message: exc_info } };
  const code = knownCode(error.code);
  if (code === undefined) return { agent: { code: error.code, message: error.message } };
  return error.message === ERRORS[code].title ? {} : { agent: { message: error.message } };
}

/** Date, total and currency too were read from the image, and the reasons of a doubt may quote it. */
function readingFacts({ merchant_name, purchase_date, total_amount, currency, ...rest }: ReceiptResult): object {
  return {
    merchant_name,
    purchase_date,
    total_amount,
    currency,
    doubts: rest.needs_review ? rest.review_reasons.map(({ message }) => message) : [],
    items: rest.items.map(({ item_name, quantity, total_price }) => ({
      name: item_name,
      price: total_price,
      // One of each is what is expected.
      ...(quantity === null || Number(quantity) === 1 ? {} : { quantity }),
    })),
  };
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

/** Of the error that it ended with, or that its last attempt met; undefined also where the stored code is none of ours. */
export const errorCodeOf = ({ error }: Job) => (error === null ? undefined : knownCode(error.code));

/** A code is stored, so it is only said when it is one of ours. */
const knownCode = (code: string) => (Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : undefined);

function lastError(job: Job): string {
  const code = job.error && knownCode(job.error.code);
  return code ? `, last error: ${code}` : '';
}

function sayFailure(job: Job): string {
  const { error } = job;
  if (error === null) return 'no reason was recorded.';
  const code = knownCode(error.code);
  if (code === undefined) return 'its error code is unknown here.';
  return `${code}: ${ERRORS[code].title}. ${hintOf(job, code)}`;
}

function sayResult(job: Job): string {
  if (job.result === null) return '; its result is past its retention, and the receipt keeps what was read';
  const result = readingIn(job);
  if (!result) return '';
  const { items, confidence, needs_review } = result;
  const review = needs_review ? '. A person should check it' : '';
  const sure = confidence === null ? '' : `, confidence ${confidence.toFixed(2)}`;
  return `: ${items.length} item${items.length === 1 ? '' : 's'}${sure}${review}`;
}
