import type { OutputOf } from '../../../src/contract/queue-api.ts';
import { REASON_CODES } from '../../../src/contract/review-reasons.ts';

const LONG = 'A name that is longer than any terminal is wide, and then some more words to be sure of that';

/** The longest page of reviews. */
export const REVIEWS: OutputOf<'listReviews'> = {
  next_cursor: null,
  reviews: [
    {
      receipt_id: Number.MAX_SAFE_INTEGER,
      user_id: Number.MAX_SAFE_INTEGER,
      job_id: `ocr-${Number.MAX_SAFE_INTEGER}`,
      since: '2026-01-31T12:00:00.000Z',
      age_s: 31_536_000,
      reasons: REASON_CODES.map((code) => ({ code, field: null, message: LONG, data: {} })),
      merchant_name: LONG,
      purchase_date: '2026-01-30',
      total_amount: '99999999.99',
      currency: 'EUR',
      version: 1,
    },
  ],
};
