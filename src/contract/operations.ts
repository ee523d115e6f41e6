import { addReceipt } from './operations/add-receipt.ts';
import { getBatch, listBatches } from './operations/batches.ts';
import { listBudgets, removeBudget, setBudget } from './operations/budgets.ts';
import { cancelJob } from './operations/cancel-job.ts';
import { cancelJobs } from './operations/cancel-jobs.ts';
import { listCaps, setCap } from './operations/caps.ts';
import { clearFailedJobs } from './operations/clear-failed-jobs.ts';
import { pauseQueue, resumeQueue } from './operations/control-queue.ts';
import { createUpload } from './operations/create-upload.ts';
import { enqueueBatchOcr, estimateBatchOcr } from './operations/enqueue-batch-ocr.ts';
import { enqueueOcr } from './operations/enqueue-ocr.ts';
import { events } from './operations/events.ts';
import { explainJob } from './operations/explain-job.ts';
import { failedJobs } from './operations/failed-jobs.ts';
import { findJobs } from './operations/find-jobs.ts';
import { findReceipts } from './operations/find-receipts.ts';
import { getBulk } from './operations/get-bulk.ts';
import { getCosts } from './operations/get-costs.ts';
import { getJobStatus } from './operations/get-job-status.ts';
import { getResult } from './operations/get-result.ts';
import { createKey, listKeys, revokeKey, rotateKey } from './operations/keys.ts';
import { listAudit } from './operations/list-audit.ts';
import { listWorkers } from './operations/list-workers.ts';
import { queueHistory } from './operations/queue-history.ts';
import { queueInfo } from './operations/queue-info.ts';
import { deleteReceipt, getReceipt, listReceipts } from './operations/receipts.ts';
import { redriveFailedJobs } from './operations/redrive-failed-jobs.ts';
import { restoreFailedJobs } from './operations/restore-failed-jobs.ts';
import { retryJob } from './operations/retry-job.ts';
import { listReviews, submitReview } from './operations/reviews.ts';
import {
  backfillSchedule,
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runScheduleNow,
  updateSchedule,
} from './operations/schedules.ts';
import { setPriority } from './operations/set-priority.ts';
import { summarizeReceipts } from './operations/summarize-receipts.ts';
import { cancelTask, createTask, getTask } from './operations/tasks.ts';
import { updateReceipt } from './operations/update-receipt.ts';
import { viewReceipt } from './operations/view-receipt.ts';
import { waitForJobs } from './operations/wait-for-jobs.ts';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listWebhooks,
  redeliverWebhook,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
} from './operations/webhooks.ts';
import { whoami } from './operations/whoami.ts';

/** Every operation that a route and a command are made from. */
export const operations = {
  enqueueOcr,
  enqueueBatchOcr,
  estimateBatchOcr,
  getBatch,
  listBatches,
  findJobs,
  failedJobs,
  getJobStatus,
  explainJob,
  waitForJobs,
  getResult,
  cancelJob,
  retryJob,
  cancelJobs,
  clearFailedJobs,
  redriveFailedJobs,
  restoreFailedJobs,
  getBulk,
  createTask,
  getTask,
  cancelTask,
  setPriority,
  queueInfo,
  queueHistory,
  getCosts,
  listBudgets,
  setBudget,
  removeBudget,
  listWorkers,
  pauseQueue,
  resumeQueue,
  createSchedule,
  listSchedules,
  getSchedule,
  updateSchedule,
  pauseSchedule,
  resumeSchedule,
  deleteSchedule,
  runScheduleNow,
  backfillSchedule,
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  rotateWebhookSecret,
  testWebhook,
  listDeliveries,
  redeliverWebhook,
  deleteWebhook,
  createKey,
  listKeys,
  rotateKey,
  revokeKey,
  listAudit,
  whoami,
  listCaps,
  setCap,
  listReceipts,
  findReceipts,
  summarizeReceipts,
  getReceipt,
  viewReceipt,
  createUpload,
  updateReceipt,
  deleteReceipt,
  listReviews,
  submitReview,
} as const;

export type OperationKey = keyof typeof operations;

/** Everything that a queue does. `QueueApi` is derived from this list: a row without a handler does not compile. */
export const calls = { ...operations, addReceipt } as const;

export type Calls = typeof calls;
export type CallKey = keyof Calls;

/** The calls whose answer does not end: a route, a command and a method of the client are made for each. */
export const streams = { events } as const;
export type Streams = typeof streams;
export type StreamKey = keyof Streams;

/** Everything that a route may do. */
export const served = { ...calls, ...streams } as const;
export type ServedKey = keyof typeof served;
