import { ERRORS, type ErrorCode } from '../contract/errors.ts';

const CALL_A_TOOL = 'Call one of the listed tools.';
const NO_TOOL = 'No tool does this: ask the person who runs the queue.';

/** The next step of a model, where the error table names one of another door. */
const MCP_HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  job_not_found: 'Job ids look like ocr-17. Look for it with find_jobs, or queue its receipt with enqueue_ocr.',
  job_expired: 'Its receipt is still there: read it with get_receipt.',
  receipt_not_found: 'Look for it with find_receipts, or add photos with add_receipts.',
  receipt_changed_since: 'Nothing was written. Read it with get_receipt, and send what is still true.',
  review_closed: 'Nothing was written. To correct it all the same, leave confirm out.',
  image_missing: 'Add its photo again with add_receipts.',
  search_too_broad: 'Give a shorter time with from and to, or a merchant, and ask again.',
  job_active: 'Wait for it with get_job_status, or end it first with cancel_job.',
  gave_up: 'Check with queue_info that workers and the agent run, then retry with retry_job.',
  workflow_misused: 'Queue the receipt with enqueue_ocr: it makes the job that a workflow needs.',
  batch_length_mismatch: 'Name the receipts alone, as receipt_ids.',
  batch_not_found: 'Take batch_id from the answer of add_receipts or enqueue_ocr, or look for its jobs with find_jobs.',
  bulk_not_found: 'Call again without confirm_token for a new preview.',
  bulk_active: 'It has not ended yet: call again in a few seconds.',
  restore_expired: 'A clearing can be taken back for 24 hours. Run its jobs again with retry_job.',
  queue_paused:
    'Jobs wait until the queue is resumed: control_queue {"action":"resume"}, if the people who paused it agree.',
  budget_exhausted: 'Jobs wait until the next period of the budget, or until a person raises it.',
  workflow_id_taken:
    'A person must give each installation its own WORKFLOW_ID_PREFIX and QUEUE_NAME; then retry with retry_job.',
  unauthenticated: 'Ask the person to connect this client with a key of the queue.',
  ledger_unavailable:
    'Nothing was accepted. Call again in a few seconds; if it stays, a person must check DATABASE_URL.',
  queue_unreachable: 'Ask the person to start the queue, then call again.',
  malformed_request: 'Send valid JSON in UTF-8.',
  not_found: CALL_A_TOOL,
  method_not_allowed: CALL_A_TOOL,
  unsupported_media_type: CALL_A_TOOL,
  schedule_not_found: NO_TOOL,
  schedule_exists: NO_TOOL,
  too_many_schedules: NO_TOOL,
  webhook_not_found: NO_TOOL,
  webhook_exists: NO_TOOL,
  too_many_webhooks: NO_TOOL,
  delivery_not_found: NO_TOOL,
  key_not_found: NO_TOOL,
  key_exists: NO_TOOL,
  key_ended: NO_TOOL,
  too_many_keys: NO_TOOL,
  queue_running: NO_TOOL,
  port_taken: NO_TOOL,
};

/** The same step at the other doors, behind the name of a tool: `… with enqueue_ocr (POST /jobs, pantry-queue job …)`. */
const OTHER_DOORS = /(\b[a-z]+_[a-z_]+\b[^.(]*) \((?:(?:GET|POST|PUT|PATCH|DELETE) \/|pantry-queue )[^)]*\)/g;

/** The same for problems of the queue that are no errors of a call. */
const PROBLEM_HINTS: ReadonlyMap<string, string> = new Map([
  ['owner_paused', 'They go on when a person resumes the jobs of that user.'],
  ['no_worker', 'A person must start one.'],
  ['no_workflow_worker', 'A person must start one of that role.'],
  ['no_agent_worker', 'A person must start one of that role.'],
  ['schedule_refused', 'A person can have it tried again when that is mended.'],
]);

/**
 * @param code of an error or of a problem
 * @param hint of its own: that one stands, the table's is replaced by what a model can do
 */
export function hintForModels(code: string, hint: string): string {
  const isOfTable = isKnown(code) && hint === ERRORS[code].hint;
  const told = PROBLEM_HINTS.get(code) ?? (isOfTable ? MCP_HINTS[code] : undefined) ?? hint;
  return told.replace(OTHER_DOORS, '$1');
}

const isKnown = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);
