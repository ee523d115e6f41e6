import { SAID_FIELDS, type SaidField } from '../../contract/review.ts';
import { type ReviewReason, reasonOf } from '../../contract/review-reasons.ts';
import { isSameValue, isWord, type Said, type SetBy, type Stored } from './stored.ts';

/** What a reading says of each field that somebody may have set. */
export type ReadValues = Readonly<Record<SaidField, string | null>>;

/** What a save writes into receipt_state. */
export interface StateToSave {
  readonly review: Stored['review'];
  readonly review_reasons: readonly ReviewReason[];
  readonly review_ended: Stored['review_ended'];
  readonly set_by: SetBy;
  /** The version that this was judged by. */
  readonly seen: number;
  /** For the list of changes; null: the first reading, or nothing is another value. */
  readonly change: unknown;
}

/** A reading differs from what somebody has said: that stays, and somebody should look, once. */
export function conflicts(read: ReadValues, stored: Stored): ReviewReason[] {
  return SAID_FIELDS.flatMap((field) => {
    const said = saidOf(stored, field);
    const [value, other] = [stored.values[field], read[field]];
    if (!said || value == null || other === null || isSameValue(field, value, other)) return [];
    // Who set the field had this very reading before them.
    if (isWord(said) && said.read != null && isSameValue(field, said.read, other)) return [];
    return [reasonOf('conflicting_value', { said: value, read: other }, { field })];
  });
}

/** @returns who has said the field; undefined: it is the reader's to set */
function saidOf({ set_by, date_by }: Stored, field: SaidField): Said | undefined {
  if (field !== 'purchase_date') return isWord(set_by[field]) ? set_by[field] : undefined;
  return date_by === null || date_by === 'agent' ? undefined : { ...set_by.purchase_date, by: date_by };
}

/**
 * The reasons of a reading that are left beside what was said before. A person's word settles what is about its field;
 * of a receipt that a person has accepted as a whole, only that a reading differs is news.
 */
export function unsettled(reasons: readonly ReviewReason[], { set_by, review }: Stored): ReviewReason[] {
  return reasons.filter(({ code, field }) => {
    if (code === 'conflicting_value') return true;
    if (review === 'accepted') return false;
    return field === null || set_by[field as SaidField]?.by !== 'person';
  });
}

/**
 * How a reading leaves the receipt: what is in doubt, and who has set which field.
 * @param dateBy who has set the date that the receipt has then
 */
export function stateAfter(
  reasons: readonly ReviewReason[],
  read: ReadValues,
  stored: Stored,
  dateBy: Stored['date_by'],
): StateToSave {
  const { review, review_ended, version, values } = stored;
  const kept = SAID_FIELDS.flatMap((field): [SaidField, Said][] => {
    const said = saidOf(stored, field);
    return said ? [[field, { ...said, read: read[field] ?? said.read ?? null }]] : [];
  });
  const date: SetBy = dateBy === 'agent' || dateBy === null ? { purchase_date: { by: dateBy } } : {};
  const changed = SAID_FIELDS.filter(
    (field) =>
      field !== 'items' && !kept.some(([name]) => name === field) && !isSameValue(field, values[field], read[field]),
  );
  const fields = changed.map((field) => ({ field, from: values[field] ?? null, to: read[field] }));
  const isFirst = version === 0 || fields.length === 0;
  const after = reasons.length > 0 ? 'open' : reviewWithout(review);
  return {
    review: after,
    review_reasons: reasons,
    review_ended: after === review ? review_ended : null,
    set_by: { ...date, ...Object.fromEntries(kept) } satisfies SetBy,
    seen: version,
    change: isFirst ? null : { version: version + 1, by: 'agent', user: null, did: 'read', fields },
  };
}

/** A reading that leaves no doubt ends what was open, and leaves what a person has ended. */
function reviewWithout(review: Stored['review']): Stored['review'] {
  return review === 'open' || review === 'expired' ? null : review;
}
