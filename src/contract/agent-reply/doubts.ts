import { type ReviewReason, reasonOf } from '../review-reasons.ts';

/** Reasons that a person reads; more than these say nothing new. */
const MAX_REASONS = 20;

/** Why a person should look at a reading, in the order in which it was found. Bounded, and nothing is said twice. */
export interface Doubts {
  add(reason: ReviewReason): void;
  list(): ReviewReason[];
}

export function createDoubts(): Doubts {
  const reasons: ReviewReason[] = [];
  let more = 0;
  return {
    add(reason) {
      if (reason.message === '' || reasons.some(({ message }) => message === reason.message)) return;
      if (reasons.length < MAX_REASONS - 1) reasons.push(reason);
      else more++;
    },
    list: () => (more === 0 ? [...reasons] : [...reasons, reasonOf('more_reasons', { count: more })]),
  };
}
