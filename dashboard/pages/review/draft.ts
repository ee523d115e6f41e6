/** What a person has typed over a reading, and what of it is sent. */
import type { Receipt } from '../../../src/contract/operations/receipts.ts';
import type { InputOf } from '../../../src/contract/queue-api.ts';
import type { EditableField } from '../../../src/contract/review.ts';
import type { ReviewReason } from '../../../src/contract/review-reasons.ts';
import { sumMismatchOf } from '../../../src/contract/sums.ts';
import { FIELD_WORDS } from '../../words/review.ts';

/** An item as it is typed; `id` of one that is there. */
export interface ItemDraft {
  /** In this page only. */
  readonly key: string;
  readonly id?: number;
  readonly item_name: string;
  readonly quantity: string;
  readonly unit_price: string;
  readonly total_price: string;
}

const EDITABLE = Object.keys(FIELD_WORDS).filter((name): name is EditableField => name !== 'items');

/** What was touched; all else follows the receipt. */
export interface Draft {
  readonly fields: Readonly<Partial<Record<EditableField, string>>>;
  readonly items?: readonly ItemDraft[];
}

export const UNTOUCHED: Draft = { fields: {} };

type Shown = Pick<Receipt, EditableField | 'items'>;

export function fieldOf({ fields }: Draft, receipt: Shown, name: EditableField): string {
  return fields[name] ?? receipt[name] ?? '';
}

export function itemsOf({ items }: Draft, receipt: Shown): readonly ItemDraft[] {
  return items ?? (receipt.items ?? []).map(itemDraft);
}

function itemDraft({
  id,
  item_name,
  quantity,
  unit_price,
  total_price,
}: NonNullable<Receipt['items']>[number]): ItemDraft {
  return {
    key: String(id),
    id,
    item_name,
    quantity: quantity === null ? '' : String(quantity),
    unit_price: unit_price ?? '',
    total_price: total_price ?? '',
  };
}

/** What is sent: the fields that differ from what is there, and all items where one of them does. */
export function saidOf(draft: Draft, receipt: Shown): Omit<InputOf<'submitReview'>, 'receipt_id'> {
  const fields = EDITABLE.flatMap((name) => {
    const value = draft.fields[name]?.trim();
    return value === undefined || value === (receipt[name] ?? '') ? [] : [[name, value]];
  });
  const items = draft.items === undefined || isSame(draft.items, receipt) ? undefined : draft.items.map(saidItem);
  return { ...Object.fromEntries(fields), ...(items === undefined ? {} : { items }) };
}

const isSame = (items: readonly ItemDraft[], receipt: Shown) =>
  JSON.stringify(items) === JSON.stringify(itemsOf(UNTOUCHED, receipt));

function saidItem({ id, item_name, quantity, unit_price, total_price }: ItemDraft) {
  const amount = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    ...(id === undefined ? {} : { id }),
    item_name: item_name.trim(),
    quantity: amount(quantity),
    unit_price: amount(unit_price),
    total_price: amount(total_price),
  };
}

/** The doubtful ones first. */
export function orderOf(reasons: readonly ReviewReason[]): readonly EditableField[] {
  const isDoubted = (name: EditableField) => reasons.some(({ field }) => field === name);
  return [...EDITABLE].sort((one, other) => Number(isDoubted(other)) - Number(isDoubted(one)));
}

const AMOUNT = /^-?\d{1,15}(\.\d{1,6})?$/;

export type SumCheck =
  | { readonly says: 'nothing' }
  | { readonly says: 'agrees' }
  | { readonly says: 'differs'; readonly sum: string; readonly total: string };

/** The items against the total, by the server's own rule, while somebody types. */
export function checkSum(
  items: readonly Pick<ItemDraft, 'total_price'>[],
  { total, tax, currency }: { readonly total: string; readonly tax: string | null; readonly currency: string },
): SumCheck {
  const prices = items.map(({ total_price }) => total_price.trim());
  if (items.length === 0 || ![...prices, total.trim()].every((text) => AMOUNT.test(text))) return { says: 'nothing' };
  const differs = sumMismatchOf({
    items: prices.map((total_price) => ({ total_price })),
    total_amount: total.trim(),
    tax_amount: tax !== null && AMOUNT.test(tax) ? tax : null,
    currency: currency.trim() || null,
  });
  return differs ? { says: 'differs', sum: differs.items_sum, total: differs.total } : { says: 'agrees' };
}
