import { useRef } from 'react';
import { useLocation } from 'wouter';
import { call } from '../../api/call.ts';
import { addressOfPage } from '../../pages.ts';

/** Looked through for what comes after the present one. */
const LOOKED = 200;

/** The way to the next receipt in doubt, in the order of the list: the oldest first, and around at its end. */
export function useNextReview(receiptId: number) {
  const [, goTo] = useLocation();
  const isGoing = useRef(false);
  return {
    async go(): Promise<void> {
      if (isGoing.current) return;
      isGoing.current = true;
      try {
        const { reviews } = await call('listReviews', { limit: LOOKED });
        const ids = reviews.map(({ receipt_id }) => receipt_id);
        const others = ids.filter((id) => id !== receiptId);
        const after = ids.includes(receiptId) ? ids[ids.indexOf(receiptId) + 1] : undefined;
        const next = after ?? others[0];
        goTo(next === undefined ? addressOfPage('review') : addressOfPage('reviewOne', String(next)));
      } finally {
        isGoing.current = false;
      }
    },
  };
}
