import { AppError } from '../contract/errors.ts';
import { parseJobId } from '../contract/job.ts';
import type { JobKinds, JobType } from '../jobs/job-type.ts';

export function noSuchKind(kinds: JobKinds, kind: string, jobId: string): AppError {
  return jobNotFound(`There is no job ${jobId}: "${kind}" is no kind of job. Kinds: ${kinds.names.join(', ')}.`);
}

export function noSuchJob(jobId: string): AppError {
  const shown = jobId.replace(/[^\x20-\x7e]/g, '?').slice(0, 60);
  const message = parseJobId(jobId)
    ? `There is no job ${shown}.`
    : `There is no job "${shown}": a job id looks like ocr-17 or ocr-17.2.`;
  return jobNotFound(message);
}

function jobNotFound(message: string): AppError {
  return new AppError('job_not_found', message, {
    fields: [{ pointer: '/job_id', code: 'job_not_found', message }],
  });
}

/** Another answer than an unknown job: there was one, and its subject may still have the result. */
export function expired({ words }: JobType, jobId: string, subject: number): AppError {
  return new AppError('job_expired', `${jobId} is past its retention.`, { hint: words.expired(subject) });
}

/** The result went with its subject; the job's own end is still told. */
export function resultDeleted({ words }: JobType, jobId: string, subject: number): AppError {
  return new AppError(words.deleted.code, words.resultDeleted(subject, jobId));
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
