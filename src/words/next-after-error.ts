import { ERRORS, type ErrorCode } from '../contract/errors.ts';
import { jobIdOf, ocrOf } from '../contract/job.ts';
import type { ModelCall } from './job-for-models.ts';

type NextCall = (refused: ModelCall) => ModelCall | undefined;

const look =
  (tool: string): NextCall =>
  () => ({ tool, arguments: {} });

const atJob: NextCall = ({ arguments: { job_id, receipt_id } }) => {
  const id = job_id ?? (typeof receipt_id === 'number' ? jobIdOf(ocrOf(receipt_id)) : undefined);
  return id === undefined ? undefined : { tool: 'get_job_status', arguments: { job_id: id } };
};

const atReceipt: NextCall = ({ arguments: { receipt_id } }) =>
  receipt_id === undefined ? undefined : { tool: 'get_receipt', arguments: { receipt_id } };

const anotherPreview: NextCall = ({ tool, arguments: { confirm_token: _, ...filter } }) => ({
  tool,
  arguments: filter,
});

/** The call that shows what the hint of a code speaks of. It changes nothing, so a model may make it at once. */
const NEXT: Readonly<Partial<Record<ErrorCode, NextCall>>> = {
  job_not_found: look('find_jobs'),
  batch_not_found: look('find_jobs'),
  receipt_not_found: look('find_receipts'),
  not_cancellable: atJob,
  not_retryable: atJob,
  job_active: atJob,
  queue_full: look('queue_info'),
  engine_unavailable: look('queue_info'),
  confirm_expired: anotherPreview,
  confirm_invalid: anotherPreview,
  receipt_changed_since: atReceipt,
  review_closed: atReceipt,
  set_by_person: atReceipt,
};

/** `… with get_job_status {"job_id":"ocr-17"} …` */
const CALL_IN_HINT = /\b([a-z]+(?:_[a-z]+)+) (\{"[a-z_]+":(?:"[\w.-]+"|\d+)\})/;

/**
 * The next useful call of a model whose call was refused.
 * @param hint of the error; one of its own may hold a call
 * @param refused as far as it could be read
 */
export function nextAfterError(code: ErrorCode, hint: string, refused: ModelCall): ModelCall | undefined {
  const [, tool, args] = hint === ERRORS[code].hint ? [] : (CALL_IN_HINT.exec(hint) ?? []);
  if (tool === undefined || args === undefined) return NEXT[code]?.(refused);
  return { tool, arguments: JSON.parse(args) as Record<string, unknown> };
}
