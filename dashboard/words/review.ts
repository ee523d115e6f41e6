/** What the parts of a review are called. */
import type { Rejection, ReviewState, SaidField, Setter } from '../../src/contract/review.ts';
import type { ReasonCode } from '../../src/contract/review-reasons.ts';

export const FIELD_WORDS = {
  merchant_name: 'Merchant',
  purchase_date: 'Purchase date',
  total_amount: 'Total',
  currency: 'Currency',
  items: 'Items',
} as const satisfies Readonly<Record<SaidField, string>>;

export const REJECTION_WORDS = {
  not_a_receipt: 'It is not a receipt',
  unreadable: 'It cannot be read',
  duplicate: 'It is a duplicate',
} as const satisfies Readonly<Record<Rejection, string>>;

export const REASON_WORDS = {
  low_confidence: 'Low confidence',
  sum_mismatch: 'Items do not add up',
  missing_field: 'Something is missing',
  assumed_currency: 'Currency is assumed',
  conflicting_value: 'Two values conflict',
  unclear_value: 'A value is unclear',
  adjusted_value: 'A value was adjusted',
  odd_reply: 'An unusual reply',
  agent_doubt: 'The agent doubts it',
  possible_duplicate: 'Possible duplicate',
  rejected_before: 'Rejected before',
  more_reasons: 'More reasons',
} as const satisfies Readonly<Record<ReasonCode, string>>;

export const REVIEW_STATE_WORDS = {
  open: 'open',
  corrected: 'corrected',
  accepted: 'confirmed',
  rejected: 'rejected',
  expired: 'expired',
} as const satisfies Readonly<Record<ReviewState, string>>;

const SETTER_WORDS = {
  agent: 'read by the agent',
  person: 'set by a person',
  assistant: 'set by an assistant',
  uploader: 'given at the upload',
  application: 'written by another program',
} as const satisfies Readonly<Record<Setter, string>>;

/** "You set this", "set by user 7", "given at the upload": who set a value, where that was not the agent. */
export function setterOf(
  { set_by, user_id }: { readonly set_by: Setter | null; readonly user_id: number | null },
  me: number | undefined,
): string | undefined {
  if (set_by === null || set_by === 'agent') return undefined;
  if (set_by !== 'person') return SETTER_WORDS[set_by];
  return user_id !== null && user_id === me ? 'you set this' : `set by user ${user_id ?? 'unknown'}`;
}
