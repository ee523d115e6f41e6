import { generationIdOf, type JobKey } from './job.ts';

/** The workflow type people see in Temporal. */
export const OCR_WORKFLOW = 'ocrReceipt';

/** Search attributes, registered before the first start; opaque ids only (they are stored in clear). */
export const SEARCH_ATTRIBUTES = {
  PantryTenant: 'Keyword',
  PantryUser: 'Keyword',
  PantryBatch: 'Keyword',
  PantryReceipt: 'Int',
} as const;

/** The two task queues of one installation. */
export function taskQueuesOf(queueName: string): { ocr: string; agent: string } {
  return { ocr: `${queueName}-ocr`, agent: `${queueName}-agent` };
}

/** The agent's task queue of the installation that a workflow runs in. */
export function agentQueueBeside(ocrTaskQueue: string): string {
  return taskQueuesOf(ocrTaskQueue.replace(/-ocr$/, '')).agent;
}

/** `ocr-17`, generation n > 1 `ocr-17.n`, behind the installation's prefix. */
export function workflowIdOf(key: JobKey, prefix: string): string {
  return `${prefix}${generationIdOf(key)}`;
}

/** The bucket of `minio://receipts/<key>`: the form the replaced system stored. */
export const DEFAULT_BUCKET = 'receipts';

/** The tenant of everything until an installation has more than one. */
export const DEFAULT_TENANT = 'default';

/** What `NOTIFY` goes out on, after the commit. */
export const NOTIFY_CHANNEL = 'pantry_queue';

/** `assistant`: a model makes the call for the principal. The relay sends it; a program that acts for a model should too. */
export const ACTING_HEADER = 'pantry-acting';
