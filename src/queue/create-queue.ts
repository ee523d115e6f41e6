import type { QueueApi, QueueStreams } from '../contract/queue-api.ts';
import { endedOf } from '../ledger/jobs.ts';
import { createAccept } from './accept.ts';
import { createRateHeld } from './access/rate.ts';
import { createAddReceipt } from './add-receipt.ts';
import { createListBatches, getBatch } from './batches.ts';
import { createListBudgets, createRemoveBudget, createSetBudget } from './budgets.ts';
import { createByKey } from './by-key.ts';
import { createCancelJob } from './cancel-job.ts';
import { createCancelJobs } from './cancel-jobs.ts';
import { createListCaps, createSetCap } from './caps.ts';
import { createClearFailedJobs } from './clear-failed-jobs.ts';
import { createPauseQueue, createResumeQueue } from './control-queue.ts';
import { createCursors } from './cursors.ts';
import { createDeleteReceipt } from './delete-receipt.ts';
import { createListDeliveries, createRedeliverWebhook, createTestWebhook } from './deliveries.ts';
import type { QueueDeps } from './deps.ts';
import { createEnqueueBatchOcr } from './enqueue-batch-ocr.ts';
import { createEnqueueOcr } from './enqueue-ocr.ts';
import { createEstimateBatchOcr } from './estimate-batch-ocr.ts';
import { createEvents } from './events.ts';
import { createExplainJob } from './explain-job.ts';
import { createFailedJobs } from './failed-jobs.ts';
import { createFindJobs } from './find-jobs.ts';
import { createFindReceipts } from './find-receipts.ts';
import { getBulk } from './get-bulk.ts';
import { createGetCosts } from './get-costs.ts';
import { createGetJobStatus } from './get-job-status.ts';
import { getResult } from './get-result.ts';
import { createKey, createListKeys, revokeKey, rotateKey } from './keys.ts';
import { createListAudit } from './list-audit.ts';
import { createListWorkers } from './list-workers.ts';
import { guardedQueue, guardedStreams, stagesOver } from './pipeline.ts';
import { queueHistory } from './queue-history.ts';
import { createQueueInfo } from './queue-info.ts';
import { createListReceipts, getReceipt } from './receipts.ts';
import { createRedriveFailedJobs } from './redrive-failed-jobs.ts';
import { createRestoreFailedJobs } from './restore-failed-jobs.ts';
import { createRetryJob } from './retry-job.ts';
import { createListReviews, createSubmitReview, createUpdateReceipt } from './reviews.ts';
import { createBackfillSchedule, createRunScheduleNow } from './run-schedule.ts';
import {
  createListSchedules,
  createSchedule,
  deleteSchedule,
  getSchedule,
  pauseSchedule,
  resumeSchedule,
  updateSchedule,
} from './schedules.ts';
import { createSetPriority } from './set-priority.ts';
import { summarizeReceipts } from './summarize-receipts.ts';
import { createCancelTask, createCreateTask, createGetTask } from './tasks.ts';
import { createTellLimits } from './tell-limits.ts';
import { createRemoveUnnamed } from './unnamed-image.ts';
import { createUpload } from './upload-addresses.ts';
import { createViewReceipt } from './view-receipt.ts';
import { createWatch } from './wait.ts';
import { createWaitForJobs } from './wait-for-jobs.ts';
import {
  createCreateWebhook,
  createListWebhooks,
  createUpdateWebhook,
  deleteWebhook,
  getWebhook,
  rotateWebhookSecret,
} from './webhooks.ts';
import { createWhoami } from './whoami.ts';

/** The queue itself: one handler for each row of the operations table, over the ledger, behind the pipeline. */
export function createQueue(deps: QueueDeps): QueueApi & QueueStreams {
  const accept = createAccept(deps.db, deps.telemetry);
  const cursors = createCursors(deps.ledgerId);
  const tellLimits = createTellLimits();
  const enqueueOcr = createEnqueueOcr(deps, accept, tellLimits);
  const watch = createWatch({ feed: deps.feed, ended: (jobNos) => endedOf(deps.db, jobNos) });
  const getJobStatus = createGetJobStatus(deps, watch);
  const cancelJob = createCancelJob(deps);
  const cancelJobs = createCancelJobs(deps);
  const removeUnnamed = createRemoveUnnamed(deps);
  const { addReceipt, byKey } = createAddReceipt(deps, removeUnnamed, { enqueueOcr, getJobStatus });
  const handlers = {
    enqueueOcr,
    enqueueBatchOcr: createEnqueueBatchOcr(deps, tellLimits),
    estimateBatchOcr: createEstimateBatchOcr(deps),
    getBatch,
    listBatches: createListBatches(cursors),
    findJobs: createFindJobs(cursors),
    failedJobs: createFailedJobs(cursors),
    getJobStatus,
    explainJob: createExplainJob(deps),
    waitForJobs: createWaitForJobs(deps, watch),
    getResult,
    cancelJob,
    retryJob: createRetryJob(deps, accept),
    cancelJobs,
    clearFailedJobs: createClearFailedJobs(deps),
    redriveFailedJobs: createRedriveFailedJobs(deps),
    restoreFailedJobs: createRestoreFailedJobs(deps),
    getBulk,
    createTask: createCreateTask(deps),
    getTask: createGetTask(deps),
    cancelTask: createCancelTask(deps, { cancelJob, cancelJobs }),
    setPriority: createSetPriority(deps),
    queueInfo: createQueueInfo(deps),
    queueHistory,
    getCosts: createGetCosts(cursors),
    listBudgets: createListBudgets(cursors),
    setBudget: createSetBudget(deps),
    removeBudget: createRemoveBudget(deps),
    listWorkers: createListWorkers(createCursors(deps.ledgerId)),
    pauseQueue: createPauseQueue(deps),
    resumeQueue: createResumeQueue(deps),
    createSchedule,
    listSchedules: createListSchedules(cursors),
    getSchedule,
    updateSchedule,
    pauseSchedule,
    resumeSchedule,
    deleteSchedule,
    runScheduleNow: createRunScheduleNow(deps),
    backfillSchedule: createBackfillSchedule(deps),
    createWebhook: createCreateWebhook(deps),
    listWebhooks: createListWebhooks(cursors),
    getWebhook,
    updateWebhook: createUpdateWebhook(deps),
    rotateWebhookSecret,
    testWebhook: createTestWebhook(deps),
    listDeliveries: createListDeliveries(cursors),
    redeliverWebhook: createRedeliverWebhook(deps),
    deleteWebhook,
    createKey,
    listKeys: createListKeys(cursors),
    rotateKey,
    revokeKey,
    listAudit: createListAudit(cursors),
    whoami: createWhoami(deps),
    listCaps: createListCaps(cursors),
    setCap: createSetCap(deps),
    listReceipts: createListReceipts(cursors),
    findReceipts: createFindReceipts(cursors),
    summarizeReceipts,
    getReceipt,
    viewReceipt: createViewReceipt(deps),
    createUpload,
    updateReceipt: createUpdateReceipt(deps),
    listReviews: createListReviews(cursors),
    submitReview: createSubmitReview(deps),
    deleteReceipt: createDeleteReceipt(deps, removeUnnamed),
    addReceipt,
  };
  const stages = stagesOver(deps.db, {
    telemetry: deps.telemetry,
    rateHeld: createRateHeld(deps.rates),
    audited: deps.audited,
    byKey: createByKey(deps, byKey),
  });
  return { ...guardedQueue(handlers, stages), ...guardedStreams({ events: createEvents(deps) }, stages) };
}
