import { jobIdOf, ocrOf } from '../contract/job.ts';
import type { Receipt } from '../contract/operations/receipts.ts';
import { LIMITS } from '../contract/policies.ts';
import type { SaidField } from '../contract/review.ts';
import type { ReasonCode, ReviewReason } from '../contract/review-reasons.ts';
import type { ModelCall } from './job-for-models.ts';
import { relativeTime } from './relative-time.ts';

/** One receipt in sentences of ours; what stands on it is shown beside them, marked. */

type Reason = Pick<ReviewReason, 'code' | 'field' | 'data'>;

/** Each doubt without the value that was read, which its message may quote. */
const DOUBTS: Readonly<Record<ReasonCode, (reason: Reason) => string>> = {
  low_confidence: () => 'the reading as a whole is uncertain',
  sum_mismatch: () => 'the items do not add up to the total',
  missing_field: ({ field }) => `${field ?? 'a field'} was not read`,
  assumed_currency: () => 'no currency was read, the default one stands',
  conflicting_value: ({ field }) =>
    `${field ?? 'a field'} was read otherwise than it had been given; what was given stays`,
  unclear_value: ({ field }) => `${field ?? 'a value'} has no single reading`,
  adjusted_value: ({ field }) => `${field ?? 'a value'} was rounded, cut or left out`,
  odd_reply: () => 'a part of the reply of the agent is malformed',
  agent_doubt: () => 'the checks of the agent found something',
  possible_duplicate: ({ data }) => `${duplicateIn(data)} may be of the same purchase`,
  rejected_before: () => 'a person had rejected it before it was read again',
  more_reasons: () => 'there are more',
};

function duplicateIn(data: unknown): string {
  const id: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'receipt_id') : undefined;
  return Number.isSafeInteger(id) ? `receipt ${String(id)}` : 'another receipt';
}

/** What the doubts are, each once. */
export const doubtsOf = (reasons: readonly ReviewReason[]): string[] => [
  ...new Set(reasons.map((reason) => DOUBTS[reason.code](reason))),
];

/** Their messages say nothing that our words do not. */
const TOLD: ReadonlySet<ReasonCode> = new Set([
  'low_confidence',
  'missing_field',
  'assumed_currency',
  'possible_duplicate',
  'rejected_before',
  'more_reasons',
]);

/** The messages that quote what was read. */
export const quotesIn = (reasons: readonly ReviewReason[]): string[] =>
  reasons.filter(({ code }) => !TOLD.has(code)).map(({ message }) => message);

export function sayReceipt(receipt: Receipt): string {
  const { id, items, review, needs_review, review_reasons } = receipt;
  const state = STATES[receipt.ocr_status] ?? 'is in a state that is unknown here';
  const read = items === null ? '' : `: ${items.length} item${items.length === 1 ? '' : 's'}`;
  const many = doubtsOf(review_reasons).length;
  const doubts = many === 0 ? '' : ` (${many} doubt${many === 1 ? '' : 's'})`;
  const check = needs_review ? ` A person should check it${doubts}.` : '';
  const ended =
    review?.ended_by === 'person'
      ? ` A person ${review.state} it ${relativeTime(review.ended_at ?? review.since)}.`
      : '';
  return `Receipt ${id} ${state}${read}.${check}${ended}`;
}

const STATES: Readonly<Record<string, string>> = {
  pending: 'waits to be read',
  processing: 'is being read',
  completed: 'was read',
  failed: 'could not be read',
};

/** What to call about it; undefined: everything is known. */
export function nextAboutReceipt({ id, ocr_status }: Receipt): ModelCall | undefined {
  const job_id = jobIdOf(ocrOf(id));
  if (ocr_status === 'pending') return { tool: 'enqueue_ocr', arguments: { receipt_id: id } };
  if (ocr_status === 'failed') return { tool: 'explain_job', arguments: { job_id } };
  return ocr_status === 'processing'
    ? { tool: 'get_job_status', arguments: { job_id, wait_seconds: LIMITS.askSeconds } }
    : undefined;
}

/** Who set each field, and when; fields with the same answer together. */
export function settersOf({ fields = {} as NonNullable<Receipt['fields']> }: Receipt): string[] {
  const names = new Map<string, string[]>();
  for (const [name, { set_by, user_id, job_id, attempt, at }] of Object.entries(fields)) {
    if (set_by === null) continue;
    const of = [job_id, attempt === null ? null : `attempt ${attempt}`, user_id === null ? null : `user ${user_id}`];
    const about = of.filter((part) => part !== null).join(', ');
    const who = `${set_by}${about === '' ? '' : ` (${about})`}${at === null ? '' : `, ${relativeTime(at)}`}`;
    names.set(who, [...(names.get(who) ?? []), name]);
  }
  return [...names].map(([who, of]) => `${of.join(', ')}: ${who}`);
}

/** What the latest reading says of fields that somebody else has set. */
export function readInstead({ fields }: Receipt): Partial<Record<SaidField, string>> {
  return Object.fromEntries(
    Object.entries(fields ?? {}).flatMap(([name, { read }]) => (read === null ? [] : [[name, read]])),
  );
}
