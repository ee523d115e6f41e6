import type { RunKey } from '../../src/contract/job.ts';
import { storeReply } from '../../src/ledger/replies.ts';
import { expireOverdue } from '../../src/ledger/retention.ts';
import type { GateBench } from '../support/gate.ts';
import { asOwner } from '../support/owner.ts';
import { bytesOf, replyFor } from '../support/replies.ts';
import type { ModelReading, ReviewOp } from './reviews.ts';

const DAY_S = 86_400;
/** Of each call. */
const COST = { amount: '1', currency: 'USD', model: undefined, unread: false } as const;

/** Readings and what people say of them. */
export function createRealReviews(
  { db, queue }: GateBench,
  receiptIds: readonly number[],
  codeOf: (error: unknown) => string,
) {
  async function store(run: RunKey, attempt: number, { merchant, isSure }: ModelReading): Promise<string> {
    const request = { receipt_id: run.subject, image_path: '', user_id: 1, job_id: '' };
    const merchant_name = merchant === 'own' ? `Shop ${run.subject}` : `Twin ${receiptIds[0]}`;
    const reply = replyFor(request, { merchant_name, confidence: isSure ? 0.95 : 0.4 });
    await storeReply(db, run, attempt, { bytes: bytesOf(reply), agentMs: 5, cost: COST });
    return 'stored';
  }

  async function perform(op: ReviewOp, receipt_id: number): Promise<string> {
    if (op === 'reviews expire') {
      await db.query(
        `update pantry_queue.receipt_state set review_since = $2 where review = 'open' and receipt_id = $1`,
        [receipt_id, new Date(Date.now() - 2 * DAY_S * 1_000)],
      );
      await expireOverdue(db, DAY_S, 100);
      return 'done';
    }
    const word = op === 'confirm review' ? { confirm: true } : { reject: 'unreadable' as const };
    return queue.submitReview({ receipt_id, ...word }, asOwner).then(({ review }) => review?.state ?? 'none', codeOf);
  }

  /** How far the review of each receipt is. */
  async function look() {
    const rows = await db.query<{ receipt_id: number; state: string | null; reasons: string[] }>(
      `select receipt_id, review as state, array(select r ->> 'code' from jsonb_array_elements(review_reasons) r) as reasons
       from pantry_queue.receipt_state where receipt_id = any($1)`,
      [receiptIds],
    );
    return receiptIds.map((id) => {
      const row = rows.find(({ receipt_id }) => receipt_id === id);
      return row && { state: row.state, reasons: row.reasons.toSorted() };
    });
  }
  return { store, perform, look };
}

export type RealReviews = ReturnType<typeof createRealReviews>;
