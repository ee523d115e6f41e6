import type { Priority } from '../contract/job.ts';
import { GIVE_UP_AFTER_S } from '../contract/policies.ts';
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

/**
 * Beside each request its receipt, and the generation that answers for it now.
 * @param input rows of (receipt_id, asked_image, tenant, only_user, priority, mode, ord); the last is their order
 * @param of `known` leaves out the requests without a receipt, and reads no more of the generation than `VERDICT` needs
 */
export const lookedUp = (input: string, of: 'all' | 'known' = 'all') => `
  from (${input}) i
  ${of === 'known' ? 'join' : 'left join'} public.receipts r on r.id = i.receipt_id and (i.only_user is null or r.user_id = i.only_user)
  ${of === 'known' ? 'join' : 'left join'} pantry_queue.receipt_state s on s.receipt_id = r.id
  left join lateral (
    select ${of === 'known' ? 'j.generation, j.status, j.user_id, j.params, j.orphaned_at' : '*'} from pantry_queue.jobs j
    where j.kind = 'ocr' and j.subject = r.id order by j.generation desc limit 1
  ) latest on true`;

/** The one rule of who becomes a new job, and what the others are told. */
export const VERDICT = `case
    when r.id is null or s.tenant_id <> i.tenant then 'receipt_not_found'
    when s.tenant_id is null then 'unknown'
    when coalesce(r.image_path, '') = '' then 'image_missing'
    when i.asked_image <> r.image_path then 'idempotency_conflict'
    when latest.status in ('failed', 'canceled') then 'new'
    when latest.status is null then case when i.mode = 'retry' then 'not_retryable' else 'new' end
    when not ${sameImage('latest', 'r')} then case latest.status when 'finished' then 'new' else 'overtaken' end
    when latest.status = 'finished' then case i.mode
      when 'force' then 'new' when 'retry' then 'not_retryable' else 'same' end
    when i.mode = 'force' then 'job_active'
    when i.mode = 'retry' and latest.generation = 1 then 'not_retryable'
    else 'same' end`;

/**
 * The columns that an accepted row has values for; `IN_ADMISSION` gives the last three. Its first event and its count
 * are the trigger's (`functions/arrivals.sql`).
 */
export const INSERT = `insert into pantry_queue.jobs
    (tenant_id, kind, subject, generation, user_id, params, priority, batch_id, status, phase, give_up_at)`;
/** What the job is made of: the image, and which row stands under the id (`src/ledger/same-receipt.ts`). */
export const PARAMS = `jsonb_build_object('image_path', r.image_path, 'made', extract(epoch from r.created_at))`;
/** Of a looked-up receipt. */
export const NEXT_GENERATION = 'coalesce(latest.generation, 0) + 1';
/** How every job begins. */
export const IN_ADMISSION = `'queued', 'admission', now() + interval '${GIVE_UP_AFTER_S} seconds'`;
