import type { Receipt } from '../contract/operations/receipts.ts';
import type { OpenReview } from '../contract/operations/reviews.ts';
import type { ReviewReason } from '../contract/review-reasons.ts';
import type { SumMismatch } from '../contract/sums.ts';
import { table } from './table.ts';

/** Why a person should look, in one line. */
export function reasonsText({ review_reasons }: { readonly review_reasons: readonly ReviewReason[] }): string {
  return review_reasons.map(({ message }) => message).join(', ');
}

const DAY_S = 86_400;
const ageText = (s: number) => (s < DAY_S ? `${Math.floor(s / 3_600)} h` : `${Math.floor(s / DAY_S)} days`);

export function reviewsText(reviews: readonly OpenReview[]): string[] {
  if (reviews.length === 0) return ['No receipt is in doubt.'];
  return table([
    ['receipt', 'age', 'date', 'total', 'merchant', 'reasons'],
    ...reviews.map(({ receipt_id, age_s, purchase_date, total_amount, currency, merchant_name, reasons }) => [
      String(receipt_id),
      ageText(age_s),
      purchase_date ?? '–',
      total_amount === null ? '–' : `${total_amount} ${currency ?? ''}`,
      merchant_name ?? '–',
      reasons.map(({ code }) => code).join(', '),
    ]),
  ]);
}

/** How a review has ended, where there was one. */
export function endOfReview({ review }: Receipt): string[] {
  if (review === null || review.ended_at === null) return [];
  const who = review.user_id === null ? '' : ` by user ${review.user_id}`;
  const why = review.because === null ? '' : ` (${review.because})`;
  return [`  review: ${review.state}${why}${who}, ${review.ended_at}`];
}

export function sumText({ items_sum, total, currency }: SumMismatch): string {
  return `  ! The items add up to ${items_sum}, the total is ${total}${currency === null ? '' : ` ${currency}`}; it is stored as you said.`;
}
