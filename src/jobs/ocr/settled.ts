import type { ReviewReason } from '../../contract/review-reasons.ts';

/**
 * The reasons of a reading that are left where a person has set these fields before: a person's word settles what is about
 * its field. That the reading differs from that word is news, and stays until a person says more.
 */
export function unsettled(reasons: readonly ReviewReason[], fields: readonly string[]): ReviewReason[] {
  return reasons.filter(({ code, field }) => code === 'conflicting_value' || field === null || !fields.includes(field));
}

/** SQL: the fields that a person has set, of a row `s` of receipt_state. */
export const SET_BY_PERSON = `array(select key from jsonb_each(s.set_by) where value ->> 'by' = 'person' order by key)`;
