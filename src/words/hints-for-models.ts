import { ERRORS, type ErrorCode } from '../contract/errors.ts';

/** The next step of a model, where the error table names one of another door. */
const MCP_HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  job_not_found: 'Job ids look like ocr-17. Queue a receipt with enqueue_ocr {"receipt_id":17}.',
  receipt_not_found: 'Look for it with find_receipts, or add photos with add_receipts.',
  receipt_changed_since: 'Nothing was written. Read it with get_receipt, and send what is still true.',
  review_closed: 'Nothing was written. To correct it all the same, leave confirm out.',
  search_too_broad: 'Give a shorter time with from and to, or a merchant, and ask again.',
  job_active: 'Wait for it with get_job_status, or end it first with cancel_job.',
  gave_up: 'Check with queue_info that workers and the agent run, then retry with retry_job.',
  workflow_misused: 'Queue the receipt with enqueue_ocr: it makes the job that a workflow needs.',
  batch_not_found: 'Take batch_id from the answer of add_receipts or enqueue_ocr, or look for its jobs with find_jobs.',
  queue_paused:
    'Jobs wait until the queue is resumed: control_queue {"action":"resume"}, if the people who paused it agree.',
  budget_exhausted: 'Jobs wait until the next period of the budget, or until a person raises it.',
  workflow_id_taken:
    'A person must give each installation its own WORKFLOW_ID_PREFIX and QUEUE_NAME; then retry with retry_job.',
};

/** The same step at the other doors, behind the name of a tool: `… with enqueue_ocr (POST /jobs, pantry-queue job …)`. */
const OTHER_DOORS = /(\b[a-z]+_[a-z_]+\b[^.(]*) \((?:(?:GET|POST|PUT|PATCH|DELETE) \/|pantry-queue )[^)]*\)/g;

/** @param hint of the error: a hint of its own stands, the table's is replaced by what a model can do */
export function hintForModels(code: ErrorCode, hint: string): string {
  const own = hint === ERRORS[code].hint ? (MCP_HINTS[code] ?? hint) : hint;
  return own.replace(OTHER_DOORS, '$1');
}
