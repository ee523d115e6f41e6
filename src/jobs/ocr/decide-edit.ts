import { invalidArgument } from '../../contract/check-input.ts';
import type { ItemEdit } from '../../contract/operations/update-receipt.ts';
import { EDITABLE, type SaidField } from '../../contract/review.ts';
import { type ReviewReason, reasonOf } from '../../contract/review-reasons.ts';
import { type SumMismatch, sumMismatchOf } from '../../contract/sums.ts';
import type { Decided, ItemValues, SaidNow, StandingReceipt, Word } from './edit.ts';
import { changedSince, notInReview, refuseOverPerson } from './edit-refusals.ts';
import type { ReceiptItemRow } from './receipts.ts';
import { isSameValue, isWord, itemsText, type Said, type Stored } from './stored.ts';

/**
 * What a word does to a receipt. A person's settles the doubts about what it sets, and may end the review; an
 * assistant's is stored and marked, and leaves every doubt to a person.
 * @throws AppError receipt_changed_since, review_closed, set_by_person, invalid_argument
 */
export function decideEdit(receiptId: number, stands: StandingReceipt, word: Word): Decided {
  const items = word.edit.items && itemsAfter(stands.items, word.edit.items);
  const said = saidBy(stands, word, items);
  const changed = said.filter(({ field, isOther }) => isOther || !isSaid(stands, field, word));
  const mismatch = sumMismatchOf({
    items: items ?? stands.items,
    total_amount: word.edit.total_amount ?? stands.values.total_amount ?? null,
    tax_amount: stands.tax,
    currency: word.edit.currency ?? stands.values.currency ?? null,
  });
  const ends = word.confirm === true ? 'accepted' : word.reject === undefined ? undefined : 'rejected';
  if (changed.length === 0 && (ends === undefined || hasEnded(stands, word, ends)))
    return { decision: undefined, mismatch };
  if (word.seen !== undefined && word.seen !== stands.version) throw changedSince(receiptId, stands, word.seen);
  if (ends && stands.review !== 'open' && stands.review !== 'expired') throw notInReview(receiptId, stands);
  if (word.by === 'assistant') refuseOverPerson(receiptId, stands, changed);

  const isPerson = word.by === 'person';
  const at = stands.now.toISOString();
  const fields = changed.map(({ field }) => field);
  const reasons = isPerson ? reasonsAfter(stands, fields, ends !== undefined, mismatch) : stands.reasons;
  const review = isPerson ? reviewAfter(stands, reasons, ends) : stands.review;
  const isEnd = review !== stands.review;
  const set = new Map(changed.map(({ field, from }) => [field, saysNow(stands, word, field, from)]));
  for (const field of isPerson && ends === 'accepted' ? confirmed(stands) : []) {
    if (!set.has(field)) set.set(field, saysNow(stands, word, field, stands.values[field] ?? null));
  }
  const by = { by: word.by, user_id: word.user };
  return {
    mismatch,
    decision: {
      values: Object.fromEntries(
        EDITABLE.filter((field) => fields.includes(field)).map((field) => [field, word.edit[field]]),
      ),
      items: fields.includes('items') ? items : undefined,
      set_by: { ...stands.set_by, ...Object.fromEntries(set) },
      review,
      review_ended: isEnd
        ? { by: 'person', user: word.user, at, ...(word.reject ? { because: word.reject } : {}) }
        : stands.review_ended,
      reasons,
      change: {
        version: stands.version + 1,
        at,
        by: word.by,
        user: word.user,
        did: isPerson ? (ends ?? 'corrected') : ends ? 'suggested' : 'corrected',
        fields: changed.map(({ field, from, to }) => ({ field, from, to })),
      },
      event: isEnd
        ? { kind: 'receipt_reviewed', data: { outcome: review, by: 'person', user_id: word.user, fields } }
        : { kind: 'receipt_corrected', data: { ...by, fields } },
    },
  };
}

function saidBy(
  { values, items: before }: StandingReceipt,
  { edit }: Word,
  items: readonly ItemValues[] | undefined,
): SaidNow[] {
  const fields = EDITABLE.flatMap((field): SaidNow[] => {
    const to = edit[field];
    const from = values[field] ?? null;
    return to === undefined ? [] : [{ field, from, to, isOther: !isSameValue(field, from, to) }];
  });
  if (!items) return fields;
  const isOther = items.length !== before.length || items.some((item, nth) => !isSameItem(item, before[nth]));
  return [...fields, { field: 'items', from: itemsText(before), to: itemsText(items), isOther }];
}

/** One that is sent again without its id is the one that the first call has made. */
const isSameItem = (one: ItemValues, other: ReceiptItemRow | undefined) =>
  other !== undefined &&
  (one.id === null || one.id === other.id) &&
  one.item_name === other.item_name &&
  one.currency === other.currency &&
  isSameAmount(one.unit_price, other.unit_price) &&
  isSameAmount(one.total_price, other.total_price) &&
  Number(one.quantity) === Number(other.quantity);

const isSameAmount = (one: string | null, other: string | null) => isSameValue('total_amount', one, other);

/** Has a word of the same kind, or a person's, set the field already? */
const isSaid = ({ set_by }: Stored, field: SaidField, { by }: Word) =>
  set_by[field]?.by === by || set_by[field]?.by === 'person';

/** Is it what the same caller said last, whose answer may have been lost? */
function hasEnded(
  { review, review_ended, changes }: StandingReceipt,
  { by, user, reject }: Word,
  ends: Stored['review'],
) {
  const last = changes.at(-1);
  if (by === 'assistant') return last?.did === 'suggested' && last.user === user;
  return review === ends && review_ended?.user === user && review_ended.because === reject;
}

function itemsAfter(before: readonly ReceiptItemRow[], edits: readonly ItemEdit[]): ItemValues[] {
  const known = new Map(before.map((item) => [item.id, item]));
  return edits.map((edit, nth) => {
    const old = edit.id === undefined ? undefined : known.get(edit.id);
    if (edit.id !== undefined && !known.delete(edit.id)) {
      throw invalidArgument(
        `items/${nth}/id`,
        'not_found',
        `items[${nth}]: the receipt has no item ${edit.id}, or it is named twice.`,
      );
    }
    const name = edit.item_name ?? old?.item_name;
    if (name === undefined)
      throw invalidArgument(`items/${nth}/item_name`, 'required', `items[${nth}].item_name is missing.`);
    const of = <P extends 'unit_price' | 'total_price' | 'currency'>(part: P) =>
      edit[part] === undefined ? (old?.[part] ?? null) : edit[part];
    const quantity = edit.quantity === undefined ? (old?.quantity ?? null) : edit.quantity;
    return {
      id: old?.id ?? null,
      item_name: name,
      quantity: quantity === null ? null : String(quantity),
      unit_price: of('unit_price'),
      total_price: of('total_price'),
      currency: of('currency'),
    };
  });
}

/** What a person confirms with the receipt as a whole: every field that has a value, and that no person has set. */
const confirmed = ({ values, items, set_by }: StandingReceipt): SaidField[] =>
  [...EDITABLE.filter((field) => values[field] != null), ...(items.length > 0 ? (['items'] as const) : [])].filter(
    (field) => set_by[field]?.by !== 'person',
  );

/** @param from the field's value before: where nobody had set it, what was read */
function saysNow(
  { set_by, items, now }: StandingReceipt,
  { by, user }: Word,
  field: SaidField,
  from: string | null,
): Said {
  const before = set_by[field];
  const wasRead = field === 'items' ? itemsText(items) : from;
  const isOthers = isWord(before) || before?.by === 'uploader' || before?.by === 'application';
  const read = isOthers ? (before?.read ?? null) : wasRead;
  return { by, user, at: now.toISOString(), read };
}

function reasonsAfter(
  { reasons }: StandingReceipt,
  fields: readonly SaidField[],
  isEnd: boolean,
  mismatch: SumMismatch | undefined,
): readonly ReviewReason[] {
  if (isEnd) return [];
  const left = reasons.filter(({ field }) => !fields.includes(field as SaidField));
  const hasSums = fields.includes('items') || fields.includes('total_amount');
  if (!hasSums || !reasons.some(({ code }) => code === 'sum_mismatch')) return left;
  return left.flatMap((reason) => {
    if (reason.code !== 'sum_mismatch') return [reason];
    return mismatch ? [reasonOf('sum_mismatch', { ...mismatch })] : [];
  });
}

function reviewAfter(
  { review, reasons: before }: StandingReceipt,
  reasons: readonly ReviewReason[],
  ends: 'accepted' | 'rejected' | undefined,
) {
  if (ends) return ends;
  const wants = review === 'open' || review === 'expired';
  return wants && before.length > 0 && reasons.length === 0 ? 'corrected' : review;
}
