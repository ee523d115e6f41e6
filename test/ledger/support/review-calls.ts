import type { ReasonCode } from '../../../src/contract/review-reasons.ts';
import { deleteReceipt } from '../../../src/jobs/ocr/delete-receipt.ts';
import { editReceipt } from '../../../src/jobs/ocr/edit-receipt.ts';
import { listOpenReviews, oldestReview } from '../../../src/jobs/ocr/reviews.ts';
import type { Db } from '../../../src/ledger/db.ts';
import { expireOverdue } from '../../../src/ledger/retention.ts';
import type { Call } from './searches.ts';

const DAY_S = 86_400;
const listing =
  (of: { userId?: number; reason?: ReasonCode; after?: [string, number] }): Call =>
  (db) =>
    listOpenReviews(db, { tenant: 'default', userId: of.userId, reason: of.reason, after: of.after, limit: 11 });

/** What people ask of reviews, and say about a receipt. */
export const REVIEW_REQUESTS: Readonly<Record<string, Call>> = {
  'reviews, the oldest first': listing({}),
  'a later page of the reviews': listing({ after: [new Date(Date.now() - 20 * DAY_S * 1_000).toISOString(), 1] }),
  'reviews of a user': listing({ userId: 3 }),
  'reviews of a user who has none': listing({ userId: 100_000 }),
  'reviews for a reason': listing({ reason: 'low_confidence' }),
  'the oldest review of everybody': (db) => oldestReview(db, 'default', 0),
  'the oldest review of a user': (db) => oldestReview(db, 'default', 3),
  'the oldest review of a user who has none': (db) => oldestReview(db, 'default', 100_000),
  'a word about a receipt': (db, receiptId) =>
    editReceipt(
      db,
      { tenant: 'default', receiptId, userId: undefined, tax: null },
      { by: 'person', user: 3, edit: { merchant_name: 'As I say' } },
    ),
  'the end of a receipt': (db, receiptId) => deleteReceipt(db, 'default', receiptId, undefined),
};

export const REVIEW_ROUNDS: Readonly<Record<string, Call>> = {
  'reviews past their time': (db) => expireOverdue(db, 30 * DAY_S, 10),
};

/** A review of each second receipt, its oldest ones past their time. */
export async function addReviews(db: Db, jobs: number): Promise<void> {
  await db.query(
    `update pantry_queue.receipt_state s set review = 'open', review_user = r.user_id,
       review_reasons = '[{"code": "low_confidence"}]', review_since = now() - s.receipt_id % 40 * interval '1 day'
     from public.receipts r where r.id = s.receipt_id and r.id % 2 = 0 and r.id <= $1`,
    [jobs],
  );
}
