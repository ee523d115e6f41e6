import { AppError } from '../contract/errors.ts';
import { parseJobId } from '../contract/job.ts';

export function noSuchJob(jobId: string): AppError {
  const shown = jobId.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
  const message = parseJobId(jobId)
    ? `There is no job ${shown}.`
    : `There is no job "${shown}": a job id looks like ocr-17 or ocr-17.2.`;
  return new AppError('job_not_found', message, {
    fields: [{ pointer: '/job_id', code: 'job_not_found', message }],
  });
}

/** Another answer than an unknown job: there was one, and its receipt still has the reading. */
export function expired(jobId: string, receiptId: number): AppError {
  return new AppError('job_expired', `${jobId} is past its retention.`, {
    hint: `Its receipt is still there: GET /receipts/${receiptId} (pantry-queue receipt show ${receiptId}).`,
  });
}

/** The reading went with its receipt; the job's own end is still told. */
export function receiptDeleted(jobId: string, receiptId: number): AppError {
  return new AppError('receipt_deleted', `Receipt ${receiptId} was deleted, and with it the reading of ${jobId}.`);
}

/** Nothing to read: the row names no image, or none of the image store. */
export function noImage(receiptId: number): AppError {
  const message = `Receipt ${receiptId} has no image.`;
  return new AppError('image_missing', message, {
    fields: [{ pointer: '/receipt_id', code: 'image_missing', message }],
  });
}

export function noSuchReceipt(receiptId: number): AppError {
  const message = `There is no receipt ${receiptId}.`;
  return new AppError('receipt_not_found', message, {
    fields: [{ pointer: '/receipt_id', code: 'receipt_not_found', message }],
  });
}
