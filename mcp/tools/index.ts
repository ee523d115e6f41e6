import type { Tool } from '../tool.ts';
import { addReceipts } from './add-receipts.ts';
import { cancelJob } from './cancel-job.ts';
import { clearFailedJobs } from './clear-failed-jobs.ts';
import { controlQueue } from './control-queue.ts';
import { enqueueOcr } from './enqueue-ocr.ts';
import { explainJob } from './explain-job.ts';
import { findJobs } from './find-jobs.ts';
import { findReceipts } from './find-receipts.ts';
import { getJobStatus } from './get-job-status.ts';
import { getReceipt } from './get-receipt.ts';
import { queueInfo } from './queue-info.ts';
import { retryJob } from './retry-job.ts';
import { submitReview } from './submit-review.ts';
import { viewReceipt } from './view-receipt.ts';

/** Every tool, in the order models see them: the order never changes, or hosts would lose their prompt cache. */
export const tools: readonly Tool[] = [
  addReceipts,
  enqueueOcr,
  getJobStatus,
  explainJob,
  findJobs,
  cancelJob,
  retryJob,
  clearFailedJobs,
  queueInfo,
  controlQueue,
  findReceipts,
  getReceipt,
  viewReceipt,
  submitReview,
];
