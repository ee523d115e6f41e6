import type { ItemEdit } from '../../contract/operations/update-receipt.ts';
import type { EditableField, Rejection, SaidField } from '../../contract/review.ts';
import type { ReviewReason } from '../../contract/review-reasons.ts';
import type { SumMismatch } from '../../contract/sums.ts';
import type { ReceiptItemRow, StoredChange } from './receipts.ts';
import type { SetBy, Stored } from './stored.ts';

/** What somebody sets, each in the contract's form. */
export type Edit = Readonly<Partial<Record<EditableField, string>>> & {
  readonly items?: readonly ItemEdit[] | undefined;
};

/** Somebody's word about a receipt. */
export interface Word {
  readonly by: 'person' | 'assistant';
  readonly user: number;
  readonly edit: Edit;
  readonly confirm?: boolean | undefined;
  readonly reject?: Rejection | undefined;
  /** The version that they have seen. */
  readonly seen?: number | undefined;
}

/** The receipt as it stands, its row locked. */
export interface StandingReceipt extends Stored {
  readonly reasons: readonly ReviewReason[];
  readonly changes: readonly StoredChange[];
  readonly items: readonly ReceiptItemRow[];
  /** Of the latest reading: no column holds it. */
  readonly tax: string | null;
  readonly now: Date;
}

export type ItemValues = Omit<ReceiptItemRow, 'id' | 'receipt_id' | 'quantity' | 'confidence'> & {
  /** Null: a new one. */
  readonly id: number | null;
  readonly quantity: string | null;
};

/** What is written. */
export interface Decision {
  readonly values: Readonly<Partial<Record<EditableField, string>>>;
  /** All items as they are then; undefined: they stay. */
  readonly items: readonly ItemValues[] | undefined;
  readonly set_by: SetBy;
  readonly review: Stored['review'];
  readonly review_ended: Stored['review_ended'];
  readonly reasons: readonly ReviewReason[];
  readonly change: StoredChange;
  readonly event: { readonly kind: 'receipt_corrected' | 'receipt_reviewed'; readonly data: object } | null;
}

export interface Decided {
  /** Undefined: all of it was said before, and nothing is written. */
  readonly decision: Decision | undefined;
  readonly mismatch: SumMismatch | undefined;
}

/** A field that the word names. */
export interface SaidNow {
  readonly field: SaidField;
  readonly from: string | null;
  readonly to: string;
  readonly isOther: boolean;
}
