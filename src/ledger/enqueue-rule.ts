import type { Priority } from '../contract/job.ts';
import { sameImage } from './same-receipt.ts';

export interface EnqueueItem {
  readonly receiptId: number;
  /** Given by the caller: it must be the image that is stored. */
  readonly imagePath: string | undefined;
}

export interface EnqueueOptions {
  readonly tenant: string;
  /** Only receipts of this user; undefined = of anybody in the tenant. */
  readonly userId: number | undefined;
  readonly priority: Priority;
  /**
   * - `once`: a finished receipt keeps its job
   * - `force`: a finished receipt is read again; a live job is refused
   * - `retry`: only what has failed or was canceled
   */
  readonly mode: 'once' | 'force' | 'retry';
}

/** One receipt, on its own terms. */
export type EnqueueRequest = EnqueueItem & EnqueueOptions;

/** Why a request did not become a new job; `same`: its job is there already. */
export type Verdict =
  | 'new'
  | 'same'
  | 'receipt_not_found'
  | 'image_missing'
  | 'idempotency_conflict'
  | 'job_active'
  | 'not_retryable';

/**
 * What must be mended before another look.
 * - `overtaken`: a live job stands in the way whose receipt is not the one that has the id now; it must be ended
 * - `unknown`: the receipt was inserted without the trigger that makes its row of receipt_state
 */
export type Looked = Verdict | 'overtaken' | 'unknown';

/** Beside each request its receipt, and the generation that answers for it now. */
export const LOOKED_UP = `
  left join public.receipts r on r.id = i.receipt_id and (i.only_user is null or r.user_id = i.only_user)
  left join pantry_queue.receipt_state s on s.receipt_id = r.id
  left join lateral (
    select * from pantry_queue.jobs j where j.kind = 'ocr' and j.subject = r.id order by j.generation desc limit 1
  ) latest on true`;

/** What a request `i` is told, or becomes: `functions/enqueue.sql`. */
export const VERDICT = `pantry_queue.ocr_verdict(r.id, s.tenant_id, r.image_path::text, i.tenant, i.asked_image, i.mode,
    latest.status, latest.generation, ${sameImage('latest', 'r')})`;
