import { AppError, type ErrorCode, type FieldError, type ReachedLimit } from '../../contract/errors.ts';
import { FORMATS_AND } from '../../contract/image-formats.ts';
import { problemDocument } from '../problem.ts';
import type { Json } from './schemas.ts';

interface Said {
  readonly detail: string;
  /** Where it is not the row's. */
  readonly hint?: string;
  readonly fields?: readonly FieldError[];
  readonly limit?: ReachedLimit;
  readonly retryAfterS?: number;
}

const said = (detail: string): Said => ({ detail });

/** A refusal that blames one field in the words of its detail. */
const ofField = (pointer: string, code: string, detail: string, message = detail): Said => ({
  detail,
  fields: [{ pointer, code, message }],
});

const BULK_ID = 'bulk-8f14e45f-ceea-4d10-a6d6-3c1b7ab4e3a2';

/** What each refusal says, once; a test drives the server to these answers. */
const SAID: Partial<Readonly<Record<ErrorCode, Said>>> = {
  invalid_argument: ofField('/user_id', 'too_small', 'user_id must be at least 1, not 0.'),
  unknown_argument: ofField('/user', 'unknown', 'Unknown argument "user". Did you mean user_id? Allowed: user_id.'),
  malformed_request: said('The body is not valid JSON.'),
  unsupported_media_type: said('The body must be application/json, not "text/plain".'),
  body_too_large: said('The body is larger than 16 KB.'),
  request_timeout: said('The request did not arrive in time.'),
  queue_full: {
    detail: 'User 7 may have 100 jobs waiting.',
    hint: 'Nothing was accepted. Call again in 12 s; queue_info shows the limit and what is used of it.',
    limit: { name: 'user-per-minute', limit: 100, remaining: 0, reset_s: 12, window_s: 60 },
    retryAfterS: 12,
  },
  rate_limited: said('Too many large bodies arrive at once.'),
  forbidden: {
    detail: 'Pages of origin "https://example.com" may not call this.',
    hint: 'Call it from a program or its own pages, or add the page’s origin to ALLOWED_ORIGINS and restart the server.',
  },
  unauthenticated: said('This call needs a key, and none was sent.'),
  internal: said('The call failed for a reason of our own.'),
  ledger_unavailable: said('The database does not answer.'),
  job_not_found: ofField('/job_id', 'job_not_found', 'There is no job ocr-17.'),
  job_expired: {
    detail: 'ocr-17 is past its retention.',
    hint: 'Its receipt is still there: GET /receipts/17 (pantry-queue receipt show 17).',
  },
  receipt_deleted: said('Receipt 17 was deleted, and with it the reading of ocr-17.'),
  receipt_not_found: ofField('/receipt_id', 'receipt_not_found', 'There is no receipt 17.'),
  receipt_changed_since: ofField(
    '/seen_version',
    'receipt_changed_since',
    'Receipt 17 is at version 3, not 2: it was changed since.',
    'version is 3 now.',
  ),
  review_closed: ofField('/receipt_id', 'review_closed', 'Receipt 17 is not in review.'),
  set_by_person: ofField(
    '/merchant_name',
    'set_by_person',
    'merchant_name of receipt 17 is Corner Shop: user 1 has set it.',
  ),
  receipt_in_use: said('Rows of table expenses refer to receipt 17.'),
  idempotency_conflict: ofField(
    '/image_path',
    'idempotency_conflict',
    'Receipt 17 is stored with image minio://receipts/a.jpg, not minio://receipts/b.jpg.',
  ),
  job_active: said('ocr-17 is still live, so it cannot be forced to run again.'),
  dependency_circle: ofField(
    '/after/0',
    'dependency_circle',
    'ocr-17 waits for this receipt, or is its own job: they would wait for each other.',
  ),
  dependency_failed: {
    ...ofField('/after/0', 'dependency_failed', 'ocr-17 is canceled, so nothing was queued to run after it.'),
    hint: 'Retry that job first, or give on_parent_failure: run.',
  },
  not_cancellable: said('ocr-17 is finished already.'),
  not_retryable: said('ocr-17 is queued.'),
  not_waiting: said('ocr-17 is queued (worker): its turn has come already.'),
  batch_empty: ofField('/receipt_ids', 'batch_empty', 'receipt_ids is empty.', 'is empty'),
  batch_too_large: ofField('/receipt_ids', 'too_big', 'receipt_ids must hold at most 10000 entries, not 10001.'),
  batch_length_mismatch: ofField(
    '/image_paths',
    'batch_length_mismatch',
    'receipt_ids has length 2, image_paths has length 1.',
    'holds 1, not 2',
  ),
  cursor_expired: said('Events behind this cursor are not kept any more.'),
  image_missing: ofField('/receipt_id', 'image_missing', 'Receipt 17 has no image.'),
  image_too_large: ofField('/file', 'image_too_large', 'The file is larger than 20 MB.'),
  image_unreadable: ofField('/file', 'image_unreadable', 'The file is empty.'),
  unsupported_image: ofField(
    '/file',
    'unsupported_image',
    `The file is no image; ${FORMATS_AND} are read.`,
    'The file is no image.',
  ),
  schedule_not_found: ofField('/name', 'schedule_not_found', 'There is no schedule "nightly".'),
  schedule_exists: ofField('/name', 'schedule_exists', 'The name "nightly" is taken.'),
  too_many_schedules: said('There are too many schedules: user 7 has 50.'),
  webhook_not_found: ofField('/webhook_id', 'webhook_not_found', 'There is no webhook "webhook-17".'),
  webhook_exists: ofField('/url', 'webhook_exists', 'This address has another webhook already.'),
  too_many_webhooks: said('There are too many webhooks: user 7 has 20.'),
  delivery_not_found: ofField('/message_id', 'delivery_not_found', 'The webhook was sent no message "17".'),
  key_not_found: ofField('/key_id', 'key_not_found', 'There is no key "pq_17".'),
  key_exists: ofField('/name', 'key_exists', 'There is a key named "phone-app".'),
  key_ended: ofField('/key_id', 'key_ended', 'The key "pq_17" is revoked.'),
  issuer_unavailable: said('The keys that tokens are checked with cannot be fetched.'),
  too_many_keys: said('There are too many keys: the tenant has 1000.'),
  batch_not_found: ofField('/batch_id', 'batch_not_found', 'There is no batch "batch-17".'),
  task_not_found: ofField('/task_id', 'task_not_found', 'There is no such task.'),
  bulk_not_found: ofField('/bulk_id', 'bulk_not_found', 'There is no bulk "bulk-17".'),
  bulk_active: ofField('/bulk_id', 'bulk_active', `${BULK_ID} is still clearing.`),
  not_restorable: ofField('/bulk_id', 'not_restorable', `${BULK_ID} is of redrive_failed_jobs.`),
  restore_expired: ofField(
    '/bulk_id',
    'restore_expired',
    `${BULK_ID} could be taken back until 2026-01-31T12:00:00.000Z.`,
  ),
  confirm_invalid: ofField('/confirm_token', 'format', 'confirm_token is not one that a preview has given.'),
  confirm_expired: ofField(
    '/confirm_token',
    'confirm_expired',
    'The preview could be confirmed until 2026-01-31T12:00:00.000Z.',
  ),
  not_found: said('Nothing is served at this address.'),
  upload_address_gone: said('Another photo was uploaded to this address.'),
  search_too_broad: said('The database did not find what the filter describes in time.'),
  storage_full: said('The image store has no room left.'),
  storage_unavailable: said('The image store cannot be used now.'),
};

const REQUEST_ID = '6f1c2a9e-6d0a-4a0b-9d51-0c9a5b1f7e21';

/** @returns the document that a call refused with this code answers; undefined where none is written down */
export function problemExample(code: ErrorCode): Json | undefined {
  const words = SAID[code];
  if (words === undefined) return undefined;
  const { detail, ...rest } = words;
  return JSON.parse(problemDocument(new AppError(code, detail, rest), REQUEST_ID).body) as Json;
}
