import type { ReviewReason } from '../contract/review-reasons.ts';

/** Why a person should look, in one line. */
export function reasonsText({ review_reasons }: { readonly review_reasons: readonly ReviewReason[] }): string {
  return review_reasons.map(({ message }) => message).join(', ');
}
