/**
 * The one table of errors. HTTP, MCP, CLI and Temporal read it; nothing repeats it. A message says what happened and
 * which value, the hint says the next command or call. Workflow-safe.
 */

/** What a retry would do: `backoff`, `after` and `park` are about the queue's own retries of the agent. */
export type RetryRule = 'never' | 'once' | 'backoff' | 'after' | 'park';

export interface ErrorRow {
  /** The HTTP status; of errors that only ever end a job, the status its code has in a direct answer. */
  readonly http: number;
  readonly retry: RetryRule;
  /** Does an attempt of the job that ends with this count against its attempts? */
  readonly charges: boolean;
  readonly title: string;
  readonly hint: string;
}

const row = (http: number, retry: RetryRule, charges: boolean, title: string, hint: string): ErrorRow => ({
  http,
  retry,
  charges,
  title,
  hint,
});

export const ERRORS = {
  invalid_argument: row(422, 'never', false, 'A value is not usable', 'Correct the named field and call again.'),
  unknown_argument: row(422, 'never', false, 'An argument does not exist', 'Leave the named field out and call again.'),
  job_not_found: row(
    404,
    'never',
    false,
    'No such job',
    'Job ids look like ocr-17. Queue a receipt with enqueue_ocr (POST /jobs, pantry-queue job enqueue 17).',
  ),
  job_expired: row(
    410,
    'never',
    false,
    'The job is past its retention',
    'Its receipt is still there: GET /receipts/{id}.',
  ),
  receipt_not_found: row(
    404,
    'never',
    false,
    'No such receipt',
    'List receipts with GET /receipts?user_id=…, or add one with POST /receipts (pantry-queue receipt add FILE).',
  ),
  image_missing: row(
    422,
    'never',
    false,
    'The image is not in the store',
    'Upload the receipt again with POST /receipts.',
  ),
  image_unreadable: row(
    422,
    'never',
    false,
    'The image cannot be read',
    'Upload an undamaged JPEG, PNG or WebP photograph.',
  ),
  image_too_large: row(413, 'never', false, 'The image is too large', 'Upload at most 20 MB and 60 megapixels.'),
  unsupported_image: row(
    415,
    'never',
    false,
    'The file is not a supported image',
    'Upload a JPEG, PNG or WebP photograph.',
  ),
  unauthenticated: row(401, 'never', false, 'No valid key', 'Send Authorization: Bearer <key>.'),
  forbidden: row(403, 'never', false, 'Not allowed', 'Use your own user_id, or a key whose scope allows this.'),
  idempotency_conflict: row(
    409,
    'never',
    false,
    'The same request came with another content',
    'Leave image_path out to use the stored image, or upload the other image as a receipt of its own.',
  ),
  job_active: row(
    409,
    'never',
    false,
    'The job is still live',
    'Wait for it (GET /jobs/{job_id}?wait_seconds=45), or cancel it first.',
  ),
  not_cancellable: row(
    409,
    'never',
    false,
    'The job has already ended',
    'Nothing is left to cancel. Read it with get_job_status.',
  ),
  not_retryable: row(
    409,
    'never',
    false,
    'The job cannot be retried',
    'Only a failed or canceled job is retried; enqueue a finished one again with force: true.',
  ),
  batch_empty: row(422, 'never', false, 'The batch holds no receipt', 'Name at least one receipt id.'),
  batch_too_large: row(413, 'never', false, 'The batch is too large', 'Send at most 10,000 receipts in one call.'),
  batch_length_mismatch: row(
    422,
    'never',
    false,
    'The lists have different lengths',
    'Send one image_path for each receipt id, or leave image_paths out.',
  ),
  batch_not_found: row(
    404,
    'never',
    false,
    'No such batch',
    'Batch ids come from POST /jobs/batch and POST /receipts/ocr/process-all.',
  ),
  quota_exceeded: row(429, 'after', false, 'A quota is used up', 'Wait for queued jobs to finish.'),
  rate_limited: row(429, 'after', false, 'Too many calls', 'Wait for retry_after_s seconds.'),
  queue_paused: row(
    200,
    'after',
    false,
    'The queue is paused',
    'Resume it with control_queue (POST /queue/resume, pantry-queue queue resume).',
  ),
  agent_unavailable: row(
    503,
    'park',
    false,
    'The OCR agent cannot be reached',
    'Nothing to do: the job waits without spending attempts. Check the agent at AGENT_URL.',
  ),
  agent_rate_limited: row(
    503,
    'after',
    false,
    'The OCR agent asks to wait',
    'Nothing to do: the job waits as long as the agent asked, without spending attempts.',
  ),
  agent_error: row(
    502,
    'backoff',
    true,
    'The OCR agent failed',
    'Nothing to do while attempts are left. Look at the agent’s log.',
  ),
  agent_timeout: row(
    504,
    'backoff',
    true,
    'The OCR agent took too long',
    'Nothing to do while attempts are left. DEFAULT_TIMEOUT sets the seconds of one attempt.',
  ),
  agent_bad_response: row(
    502,
    'once',
    true,
    'The OCR agent’s answer is not usable',
    'It is asked once more. Check that AGENT_URL speaks the agent contract.',
  ),
  agent_rejected: row(
    422,
    'never',
    true,
    'The OCR agent refused the receipt',
    'Check the image, then retry with retry_job.',
  ),
  agent_mismatch: row(
    502,
    'never',
    true,
    'The OCR agent answered for another receipt',
    'The answer was refused. Check the agent, then retry with retry_job.',
  ),
  attempts_exhausted: row(
    422,
    'never',
    false,
    'Every attempt failed',
    'Read the last error, mend its cause, then retry with retry_job.',
  ),
  attempts_lost: row(
    422,
    'never',
    false,
    'Too many workers died with this job',
    'Look at the workers’ logs: this receipt may be what kills them. Then retry with retry_job.',
  ),
  gave_up: row(
    422,
    'never',
    false,
    'The job waited too long',
    'Check that workers and the agent run (GET /queue), then retry with retry_job.',
  ),
  dependency_failed: row(
    422,
    'never',
    false,
    'A job it waited for did not finish',
    'Retry that job first, then this one.',
  ),
  terminated_by_operator: row(
    422,
    'never',
    false,
    'A person terminated the workflow in Temporal',
    'Retry with retry_job when it may run again.',
  ),
  workflow_id_taken: row(
    409,
    'never',
    false,
    'Another installation holds this workflow id',
    'Give each installation in one Temporal namespace its own WORKFLOW_ID_PREFIX and QUEUE_NAME, then retry.',
  ),
  ledger_unavailable: row(
    503,
    'after',
    false,
    'The database cannot be reached',
    'Nothing was accepted. Call again in a few seconds; check DATABASE_URL (pantry-queue up starts one).',
  ),
  engine_unavailable: row(
    503,
    'after',
    false,
    'Temporal cannot be reached',
    'Jobs are accepted and start when it returns. Check TEMPORAL_ADDRESS.',
  ),
  storage_full: row(507, 'after', false, 'The image store is full', 'Free space and upload again; nothing was stored.'),
  storage_unavailable: row(
    503,
    'after',
    false,
    'The image store cannot be reached',
    'Nothing was stored. Call again in a few seconds.',
  ),
  queue_running: row(
    409,
    'never',
    false,
    'A queue already runs on this data folder',
    'Use the running one, stop it first, or name another folder with --data-dir.',
  ),
  port_taken: row(
    503,
    'never',
    false,
    'The port is taken',
    'Name another with --port, or take a free one with --port 0.',
  ),
  part_failed: row(
    503,
    'never',
    false,
    'A part of the queue did not start',
    'Read its log in the data folder, mend the cause and start again.',
  ),
  malformed_request: row(
    400,
    'never',
    false,
    'The request cannot be read',
    'Send valid JSON in UTF-8, or multipart/form-data as a client library writes it.',
  ),
  not_found: row(404, 'never', false, 'No such address', 'The routes are listed at /docs and in docs/http.md.'),
  method_not_allowed: row(405, 'never', false, 'The address does not take this method', 'See the Allow header.'),
  unsupported_media_type: row(
    415,
    'never',
    false,
    'The body has the wrong type',
    'Send application/json, or multipart/form-data for an upload.',
  ),
  body_too_large: row(413, 'never', false, 'The request is too large', 'Send at most 1 MB of JSON, or 20 MB a file.'),
  request_timeout: row(408, 'after', false, 'The request did not arrive in time', 'Send the request again.'),
  queue_unreachable: row(
    503,
    'after',
    false,
    'The queue cannot be reached',
    'Start it with pantry-queue up, or name its address with --url or PANTRY_QUEUE_URL.',
  ),
  workflow_misused: row(
    422,
    'never',
    false,
    'The workflow was started by hand',
    'Use pantry-queue job enqueue <receipt_id>: it makes the job that a workflow needs.',
  ),
  internal: row(
    500,
    'never',
    false,
    'Something went wrong here',
    'Call again; if it stays, give the request id to the operator.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
