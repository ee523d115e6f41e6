import type { Model, ModelJob, ModelReceipt } from './model.ts';

/** What the agent reads: whose slip it is, and whether it is sure. A twin is of the same purchase as any other twin. */
export interface ModelReading {
  readonly merchant: 'own' | 'twin';
  readonly isSure: boolean;
}

export const READINGS = {
  answer: { merchant: 'own', isSure: true },
  'answer in doubt': { merchant: 'own', isSure: false },
  'answer as a twin': { merchant: 'twin', isSure: true },
} as const satisfies Record<string, ModelReading>;

export type AnswerOp = keyof typeof READINGS;
export type ReviewOp = 'confirm review' | 'reject review' | 'reviews expire';

/** What is known of the receipt that stands under an id. */
export interface ModelReview {
  state: 'open' | 'accepted' | 'rejected' | 'expired' | null;
  reasons: readonly string[];
  merchant: ModelReading['merchant'] | undefined;
  /** What a person has said of the merchant, and what the latest reading said of it. */
  said: { readonly merchant: ModelReading['merchant']; read: ModelReading['merchant'] } | undefined;
}

export const notReviewed = (): ModelReview => ({ state: null, reasons: [], merchant: undefined, said: undefined });

/** A reading is saved: what somebody has said stays, and what is in doubt is to be reviewed. */
export function saveReading(model: Model, receipt: ModelReceipt, { reading }: ModelJob): void {
  if (!reading) throw new Error('a job without a reply was saved');
  const { review } = receipt;
  const { said, state } = review;
  const doubts: string[] = [];
  if (state === 'rejected') doubts.push('rejected_before');
  if (said && reading.merchant !== said.merchant && reading.merchant !== said.read) doubts.push('conflicting_value');
  if (!reading.isSure) doubts.push('low_confidence');
  const left = state === 'accepted' ? doubts.filter((code) => code === 'conflicting_value') : doubts;
  const merchant = said?.merchant ?? reading.merchant;
  const reasons = hasTwin(model, receipt, merchant) ? ['possible_duplicate', ...left] : left;
  review.state = reasons.length > 0 ? 'open' : state === 'open' || state === 'expired' ? null : state;
  review.reasons = reasons;
  review.merchant = merchant;
  if (said) said.read = reading.merchant;
}

/** Another receipt of the same user is of the same purchase, and nobody has settled that of this one. */
function hasTwin({ receipts }: Model, receipt: ModelReceipt, merchant: ModelReading['merchant']): boolean {
  if (merchant !== 'twin') return false;
  const { review } = receipt;
  if (review.merchant === 'twin' && !review.reasons.includes('possible_duplicate')) return false;
  const isOfOwner = ({ row }: ModelReceipt) => row?.no === 1;
  return receipts.some(
    (other) =>
      other !== receipt &&
      other.row !== undefined &&
      isOfOwner(other) === isOfOwner(receipt) &&
      other.review.merchant === 'twin',
  );
}

/** A person says something of the receipt, or nobody came in time. */
export function review({ row, review }: ModelReceipt, op: ReviewOp): string {
  if (op === 'reviews expire') {
    if (review.state === 'open') review.state = 'expired';
    return 'done';
  }
  if (!row) return 'receipt_not_found';
  const end = op === 'confirm review' ? 'accepted' : 'rejected';
  if (review.state === end) return end;
  if (review.state !== 'open' && review.state !== 'expired') return 'review_closed';
  review.state = end;
  review.reasons = [];
  if (end === 'accepted' && review.merchant) {
    review.said ??= { merchant: review.merchant, read: review.merchant };
  }
  return end;
}
